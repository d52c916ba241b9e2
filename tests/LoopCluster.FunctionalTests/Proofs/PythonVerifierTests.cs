using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Proofs;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.FunctionalTests.Proofs;

/// <summary>The verifier printed in docs/proof.md, taken from there and run on real proofs.</summary>
public sealed class PythonVerifierTests : IDisposable
{
    private readonly ProofBench _bench = new();
    private readonly string _script;

    public PythonVerifierTests()
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(SourcePath())!, "..", "..", "..", "docs", "proof.md"));
        var start = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        var text = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBeLessThanOrEqualTo(30);
        _script = _bench.At("verify.py");
        File.WriteAllText(_script, text);
    }

    public void Dispose() => _bench.Dispose();

    [SkippableFact]
    public async Task Run_RightProof_NamesTreeAndCommit()
    {
        SkipWithoutTools();
        var state = await _bench.RunAsync("42");
        var proof = _bench.FileOf(state.Id);
        var statement = ProofVerifier.Read(await File.ReadAllBytesAsync(proof), proof);
        var expected =
            $"verified gitTree:{statement.Tree} gitCommit:{statement.Commit}\nProof: sha256:{ExitStatement.HashOf(statement.Predicate)}\n";

        Run(proof).ShouldBe((0, expected));

        // The document alone, without what lies beside it.
        var alone = _bench.At("alone.json");
        File.Copy(proof, alone);
        Run(alone).ShouldBe((0, expected));
    }

    [SkippableFact]
    public async Task Run_OneByteChanged_IsRefused()
    {
        SkipWithoutTools();
        var state = await _bench.RunAsync("42");
        var file = await File.ReadAllBytesAsync(_bench.FileOf(state.Id));
        var altered = _bench.At("altered.json");
        var signature = file.AsSpan().LastIndexOf("\"sig\":\""u8) + 7;
        // All over the file, and every kind of byte there is in the signature's end: padding, unused bits, brackets, the line feed.
        var places = Enumerable
            .Range(0, 24)
            .Select(i => i * file.Length / 24)
            .Concat([signature, .. Enumerable.Range(file.Length - 12, 12)]);
        foreach (var at in places.Distinct())
        {
            file[at] ^= 1;
            await File.WriteAllBytesAsync(altered, file);
            var (exitCode, output) = Run(altered);

            exitCode.ShouldBe(1, $"byte {at}");
            output.ShouldStartWith("REFUSED: ");
            file[at] ^= 1;
        }

        await File.WriteAllBytesAsync(altered, file);
        Run(altered).ExitCode.ShouldBe(0);
        var log = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(_bench.FileOf(state.Id))!, "logs")).ShouldHaveSingleItem();
        await File.AppendAllTextAsync(log, "x");
        Run(_bench.FileOf(state.Id)).ShouldBe((1, $"REFUSED: {log} was altered\n"));
    }

    [SkippableFact]
    public async Task Run_AnotherKeyOrAReport_IsNoProof()
    {
        SkipWithoutTools();
        var proof = await _bench.RunAsync("42");
        var report = await _bench.RunAsync("43");
        var other = new ProofKey(_bench.At("other"));
        _ = other.Id;

        Run(_bench.FileOf(proof.Id), other.PublicKeyFile).Output.ShouldStartWith("REFUSED: ");
        Run(_bench.FileOf(report.Id, "report.json")).ShouldBe((1, "no proof: a signed report, budget-exhausted\n"));
    }

    private static string SourcePath([CallerFilePath] string path = "") => path;

    private (int ExitCode, string Output) Run(string proof, string? key = null) => Start("python3", _script, proof, key ?? _bench.Key);

    private static void SkipWithoutTools()
    {
        foreach (var tool in new[] { "python3", "openssl" })
        {
            try
            {
                _ = Start(tool, tool == "openssl" ? "version" : "--version");
            }
            catch (Win32Exception)
            {
                Skip.If(true, $"there is no {tool} on the path");
            }
        }
    }

    private static (int ExitCode, string Output) Start(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
