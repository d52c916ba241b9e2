using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Runtime.Proofs;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.Proofs;

/// <summary>Real proofs and reports, and everything that may be done to them.</summary>
public sealed class ProofVerifyTests : IDisposable
{
    private readonly ProofBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Open_AnyBitFlipped_IsRefused()
    {
        var state = await _bench.RunAsync("42");
        var file = await File.ReadAllBytesAsync(_bench.FileOf(state.Id));
        using var key = ProofKey.ReadPublic(_bench.Key);
        ProofVerifier.Open(file, key, out var fault).ShouldNotBeNull(fault);

        var accepted = new List<(int At, int Bit)>();
        for (var at = 0; at < file.Length; at++)
        {
            for (var bit = 1; bit < 256; bit <<= 1)
            {
                file[at] ^= (byte)bit;
                if (ProofVerifier.Open(file, key, out _) is not null)
                {
                    accepted.Add((at, bit));
                }

                file[at] ^= (byte)bit;
            }
        }

        accepted.ShouldBeEmpty();
    }

    [Fact]
    public async Task Verify_ProofBesideItsLedger_IsComparedWithIt()
    {
        var state = await _bench.RunAsync("42");
        var proof = _bench.FileOf(state.Id);

        var good = await VerifyAsync(_bench.Data, proof);
        good.ExitCode.ShouldBe(0, good.ToString());
        good.Json.GetProperty("checked").GetInt32().ShouldBe(4);

        // Whoever has the key can sign what never was; the ledger names the proof that it made.
        var statement = ProofVerifier.Read(await File.ReadAllBytesAsync(proof), proof);
        var lie = statement with { Predicate = statement.Predicate with { Goal = "put 42 into answer.txt and tell nobody" } };
        var forged = new ProofKey(Path.Combine(_bench.Data, "keys")).Sign(lie.ToBytes()).ToBytes();
        await File.WriteAllBytesAsync(proof, forged);

        var bad = await VerifyAsync(_bench.Data, proof);
        var elsewhere = await VerifyAsync(_bench.At("nowhere"), proof);

        bad.ExitCode.ShouldBe(8, bad.ToString());
        bad.Json.GetProperty("firstBad").GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("names another proof");
        (elsewhere.ExitCode, elsewhere.Json.GetProperty("checked").GetInt32()).ShouldBe((0, 3), "the key alone is what is trusted there");
    }

    [Fact]
    public async Task Verify_NoProofAtAll_IsAFailedVerification()
    {
        var state = await _bench.RunAsync("42");
        await File.WriteAllTextAsync(_bench.At("x.json"), "{}");

        var none = await VerifyAsync(_bench.Data, _bench.At("x.json"));
        var missing = await VerifyAsync(_bench.Data, _bench.At("missing.json"));

        none.ExitCode.ShouldBe(8, none.ToString());
        none.Json.GetProperty("ok").GetBoolean().ShouldBeFalse();
        missing.ExitCode.ShouldBe(2, missing.ToString());
        File.Exists(_bench.FileOf(state.Id)).ShouldBeTrue();
    }

    [Fact]
    public async Task Report_OfALoopThatIsNotVerified_IsLeftSignedAndNeverASuccess()
    {
        var state = await _bench.RunAsync("43");
        state.Status.ShouldBe(LoopStatus.BudgetExhausted);
        var file = _bench.FileOf(state.Id, "report.json");

        File.Exists(_bench.FileOf(state.Id)).ShouldBeFalse();
        var left = await File.ReadAllBytesAsync(file);
        var shown = await LoopProcess.RunAsync(_bench.Data, "proof", state.Id.Value);
        var verified = await VerifyAsync(_bench.Data, file);

        shown.ExitCode.ShouldBe(3, shown.ToString());
        shown.Output.ShouldBe(System.Text.Encoding.UTF8.GetString(left));
        shown.Error.ShouldContain("not verified");
        (verified.ExitCode, verified.Json.GetProperty("ok").GetBoolean()).ShouldBe((3, true), verified.ToString());
        (verified.Json.GetProperty("outcome").GetString(), verified.Json.GetProperty("checked").GetInt32()).ShouldBe(
            ("budget-exhausted", 3)
        );

        // Without the file the ledger says the same, signed anew.
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        var again = await LoopProcess.RunAsync(_bench.Data, "proof", state.Id.Value, "--statement");
        again.ExitCode.ShouldBe(3, again.ToString());
        again.Json.GetProperty("predicate").GetProperty("ledger").GetProperty("head").GetString().ShouldBe(state.Head.ToString());
        again.Json.GetProperty("predicateType").GetString().ShouldBe(ExitStatement.ReportType);
    }

    private Task<LoopResult> VerifyAsync(string data, string file) =>
        LoopProcess.RunAsync(data, "proof", "verify", file, "--key", _bench.Key, "--json");
}
