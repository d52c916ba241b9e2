using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Models.OpenAI.Replicas;
using LoopCluster.TestKit.Endpoints;
using Microsoft.Extensions.Options;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>What servers say of their load, over HTTP.</summary>
public sealed class ReplicaLoadsTests
{
    private const string Vllm = """
        # HELP vllm:num_requests_running Number of requests in model execution batches.
        # TYPE vllm:num_requests_running gauge
        vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-32B"} 12.0
        vllm:num_requests_running{engine="1",model_name="a } b"} 3.0
        vllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-32B"} 4.0
        vllm:kv_cache_usage_perc{engine="0"} 0.25
        vllm:kv_cache_usage_perc{engine="1"} 0.75
        vllm:num_requests_waiting_by_reason{reason="x"} 900
        process_cpu_seconds_total 12.5

        """;

    [Theory]
    [InlineData(Vllm, 4, 15, 0.75)]
    [InlineData("sglang:num_queue_reqs{a=\"b\"} 7\nsglang:num_running_reqs 2 1700000000\nsglang:token_usage 0.5\n", 7, 2, 0.5)]
    [InlineData("vllm:gpu_cache_usage_perc 1.5\r\nvllm:num_requests_waiting NaN\r\n", 0, 0, 1)]
    public void Read_Metrics_AreTheFiguresThatCount(string text, int waiting, int running, double cache) =>
        ServerMetrics.Read(text).ShouldBe(new ServerMetrics(waiting, running, cache));

    [Theory]
    [InlineData("")]
    [InlineData("<html>not here</html>")]
    [InlineData("vllm:num_requests_waiting -1\nvllm:num_requests_running many\nvllm:num_requests_waiting")]
    public void Read_OtherText_IsNothing(string text) => ServerMetrics.Read(text).ShouldBeNull();

    [Fact]
    public async Task Read_Servers_AreAskedBesideTheirBaseAndNotMoreOftenThanFiguresGrowOld()
    {
        await using var server = RawServer.Answering(200, Vllm, "Content-Type: text/plain\r\n");
        await using var silent = RawServer.Answering(404, "{}");
        using var loads = new ReplicaLoads(
            Options.Create(new OpenAIModelsOptions { LoadTimeout = TimeSpan.FromMinutes(1) }),
            new StandingTime()
        );
        var model = new ModelBinding
        {
            Name = "m",
            Model = "m",
            Url = server.Url.ToString(),
            Replicas = [server.Url.ToString(), silent.Url.ToString()],
            Window = 4096,
            MaxTokens = 256,
        };

        var read = await loads.ReadAsync(model, default);
        await loads.ReadAsync(model, default);

        read.ShouldBe([new ReplicaLoad(server.Url.ToString(), 4, 15, 0.75), new ReplicaLoad(silent.Url.ToString())]);
        server.Requests.ShouldHaveSingleItem().ShouldStartWith("GET /metrics HTTP/1.1");
    }

    private sealed class StandingTime : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}
