using System.Diagnostics;
using System.Runtime.CompilerServices;
using LoopCluster.TestKit.Ledger;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>The verifier printed in docs/ledger.md, taken from there and run.</summary>
public sealed class PythonVerifierTests : IDisposable
{
    private readonly DataDirectory _directory = new();
    private readonly string _script;

    public PythonVerifierTests()
    {
        _script = Path.Combine(_directory.Path, "verify.py");
        var page = IOFile.ReadAllText(Path.Combine(Path.GetDirectoryName(SourcePath())!, "..", "..", "docs", "ledger.md"));
        var start = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        IOFile.WriteAllText(_script, page[start..page.IndexOf("```", start, StringComparison.Ordinal)]);
    }

    public void Dispose() => _directory.Dispose();

    [SkippableFact]
    public async Task Verify_SoundSegments_PrintsTheHead()
    {
        var head = await FillAsync();
        var (exitCode, output) = Run($"{_script} a {_directory.Segment(1)} {_directory.Segment(2)}");

        output.ShouldBe($"20 entries, head {head}\n");
        exitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Verify_OneByteAltered_NamesTheEntry()
    {
        await FillAsync();
        var bytes = IOFile.ReadAllBytes(_directory.Segment(1));
        bytes[bytes.AsSpan().IndexOf("{\"loop\":\"a\",\"seq\":2,"u8) + 200] ^= 1;
        IOFile.WriteAllBytes(_directory.Segment(1), bytes);
        var (exitCode, output) = Run($"{_script} a {_directory.Segment(1)} {_directory.Segment(2)}");

        exitCode.ShouldBe(1);
        output.ShouldBe("entry 2 of a is broken\n");
    }

    private static string SourcePath([CallerFilePath] string path = "") => path;

    private async Task<string> FillAsync()
    {
        var (a, b) = (new LedgerEntryBuilder("a"), new LedgerEntryBuilder("b"));
        using var ledger = _directory.Open(segmentBytes: 20 << 10);
        for (var i = 0; i < 20; i++)
        {
            await ledger.AppendAsync(a.Next(size: 600), [Samples.Audit("acme", i)], default);
            await ledger.AppendAsync(b.Next(data: "{\"text\":\"ü {\\\"loop\\\":\\\"a\\\"\"}"), default);
        }

        return a.Prev.ToString();
    }

    private static (int ExitCode, string Output) Run(string arguments)
    {
        Process? process = null;
        try
        {
            process = Process.Start(
                new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            );
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip.If(true, "there is no python3 on the path");
        }

        using (process)
        {
            var output = process!.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
    }
}
