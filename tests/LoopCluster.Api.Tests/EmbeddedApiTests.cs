using System.Net;
using LoopCluster.TestKit.Api;

namespace LoopCluster.Api.Tests;

/// <summary>The API over the loops of one process and one data directory.</summary>
public sealed class EmbeddedApiTests : ApiTests
{
    protected override async ValueTask<IRunningApi> OpenAsync(ApiSetup setup) => await EmbeddedApi.OpenAsync(setup);

    [Fact]
    public async Task Ready_LedgerGone_IsNotReadyAndAliveAndTellsNoPath()
    {
        Directory.Move(Files.At("data", "ledger"), Files.At("data", "elsewhere"));
        try
        {
            var reply = (await Client(null).GetAsync("/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable);

            var failed = reply.Json.GetProperty("checks").EnumerateArray().Single(c => !c.GetProperty("ok").GetBoolean());
            failed.GetProperty("name").GetString().ShouldBe("ledger");
            failed.GetProperty("code").GetString().ShouldBe("ledger-unavailable");
            reply.Text.ShouldNotContain(Files.Root);
            (await Client(null).GetAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
        }
        finally
        {
            Directory.Move(Files.At("data", "elsewhere"), Files.At("data", "ledger"));
        }
    }

    [Fact]
    public async Task Ready_KeysUnreadable_IsNotReadyAndNobodyIsLetIn()
    {
        var file = Directory.EnumerateFiles(Files.At("data", "keys", "api")).First();
        var zero = Path.Combine(Path.GetDirectoryName(file)!, new string('0', 64) + ".json");
        await File.WriteAllTextAsync(zero, "{ torn", Patient);

        var reply = (await Client(null).GetAsync("/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable);

        reply
            .Json.GetProperty("checks")
            .EnumerateArray()
            .Single(c => !c.GetProperty("ok").GetBoolean())
            .GetProperty("name")
            .GetString()
            .ShouldBe("keys");
        foreach (var kept in Directory.EnumerateFiles(Files.At("data", "keys", "api")))
        {
            await File.WriteAllTextAsync(kept, "{ torn", Patient);
        }

        var refused = (await Api.GetAsync("/v1/loops")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "keys-unavailable");
        refused.Text.ShouldNotContain(Files.Root);
    }
}
