using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Routing;

namespace LoopCluster.Runtime.Tests.Routing;

/// <summary>The replica that the rule names is the one that is asked, and the result says which.</summary>
public sealed class ReplicaRoutingTests
{
    private static readonly ModelBinding Model = new()
    {
        Name = "m",
        Url = "http://a/v1",
        Replicas = ["http://a/v1", "http://b/v1"],
        Model = "m",
        Window = 8192,
        MaxTokens = 512,
    };

    private readonly Servers _servers = new();
    private readonly Loads _loads = new();
    private readonly ModelRouter _router;

    public ReplicaRoutingTests() => _router = new ModelRouter([_servers], new EndpointHealth(TimeProvider.System), _loads);

    [Fact]
    public async Task Send_LoadedWarmReplica_AsksTheOther()
    {
        _loads.Waiting["http://a/v1"] = 100;
        var result = await SendAsync(("http://a/v1", true));
        result.Replica.ShouldBe(new ReplicaChoice("http://b/v1", ReplicaCause.Moved));
        _servers.Asked.ShouldBe(["http://b/v1"]);
    }

    [Fact]
    public async Task Send_Warm_AsksTheSame()
    {
        (await SendAsync(("http://b/v1", true))).Replica.ShouldBe(new ReplicaChoice("http://b/v1", ReplicaCause.Warm));
        (await SendAsync(("http://a/v1", true))).Replica.ShouldBe(new ReplicaChoice("http://a/v1", ReplicaCause.Warm));
    }

    [Fact]
    public async Task Send_ReplicaFailed_IsPassedOverNext()
    {
        _servers.Fails = "http://a/v1";
        (await SendAsync(("http://a/v1", true))).Failure.ShouldNotBeNull();
        var next = await SendAsync(("http://a/v1", true));
        (next.Answer is not null, next.Replica).ShouldBe((true, new ReplicaChoice("http://b/v1", ReplicaCause.Moved)));
    }

    private Task<ModelResult> SendAsync((string, bool) last) =>
        _router.SendAsync(new ModelCall(Model, new LoopId("l"), "make", 0, default) { Last = last }, default).AsTask();

    private sealed class Servers : IModelClient
    {
        public List<string> Asked { get; } = [];

        public string? Fails { get; set; }

        public bool Serves(ModelBinding model) => true;

        public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
        {
            Asked.Add(call.Model.Url!);
            return new(
                call.Model.Url == Fails
                    ? new ModelResult(null, new ModelFailure(ModelFailureKind.Unreachable, "gone", Served: false))
                    : new ModelResult(new ModelAnswer("hello", [], ReplyFinish.Stop, null), null)
            );
        }
    }

    private sealed class Loads : IReplicaLoads
    {
        public Dictionary<string, int> Waiting { get; } = [];

        public ValueTask<IReadOnlyList<ReplicaLoad>> ReadAsync(ModelBinding model, CancellationToken cancellationToken) =>
            new([.. model.Replicas!.Select(url => new ReplicaLoad(url, Waiting.GetValueOrDefault(url)))]);
    }
}
