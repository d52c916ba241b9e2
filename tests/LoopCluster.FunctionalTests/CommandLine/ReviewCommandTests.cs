using LoopCluster.FunctionalTests.Proofs;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary><c>loop review</c> and <c>loop gates</c> over a data directory that nobody holds.</summary>
public sealed class ReviewCommandTests : IDisposable
{
    private readonly ProofBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Review_RejectedLoop_IsAFalsePassOfItsGateAndARecordOfTheAuditLog()
    {
        var loop = (await _bench.RunAsync("42")).Id.Value;

        var rejected = await LoopProcess.RunAsync(_bench.Data, "review", "reject", loop[..6], "--reason", "a guess", "--json");
        rejected.ExitCode.ShouldBe(0, rejected.ToString());
        rejected.Json.GetProperty("review").GetProperty("verdict").GetString().ShouldBe("rejected");

        (await LoopProcess.RunAsync(_bench.Data, "review", "--json")).Json.GetProperty("reviews").GetArrayLength().ShouldBe(0);
        (await LoopProcess.RunAsync(_bench.Data, "review", "ls", "--done")).Output.ShouldContain("a guess");
        var gate = (await LoopProcess.RunAsync(_bench.Data, "gates", "--json")).Json.GetProperty("gates")[0];
        (gate.GetProperty("runs").GetInt32(), gate.GetProperty("failed").GetInt32(), gate.GetProperty("falsePasses").GetInt32()).ShouldBe(
            (2, 1, 1)
        );
        (await LoopProcess.RunAsync(_bench.Data, "audit", "export")).Output.ShouldContain("\"type\":\"loop-reviewed\"");
        (await LoopProcess.RunAsync(_bench.Data, "audit", "verify")).ExitCode.ShouldBe(0);
        (await LoopProcess.RunAsync(_bench.Data, "ledger", "verify")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Review_LoopThatIsNotVerified_IsRefused()
    {
        var loop = (await _bench.RunAsync("43")).Id.Value;

        var refused = await LoopProcess.RunAsync(_bench.Data, "review", "accept", loop, "--json");

        refused.Json.GetProperty("error").GetProperty("code").GetString().ShouldBe("not-verified");
        refused.ExitCode.ShouldNotBe(0);
    }
}
