using System.Text.Json;
using System.Text.RegularExpressions;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;
using LoopCluster.TestKit.Telemetry;

namespace LoopCluster.FunctionalTests.Telemetry;

/// <summary>The built command line with the usual variables set, and an OTLP receiver.</summary>
public sealed partial class DemoTraceTests : IDisposable
{
    /// <summary>Set to write what came into the docs instead of comparing it with them.</summary>
    private const string WriteVariable = "LOOPCLUSTER_WRITE_DOCS";

    private static readonly string[] Shown =
    [
        "loopcluster.status",
        "loopcluster.attempt.outcome",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.output_tokens",
        "loopcluster.tool.outcome",
        "loopcluster.gate.outcome",
        "loopcluster.exit_code",
    ];

    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Demo_TraceAsReceived_IsTheOneInTheDocs()
    {
        var doctor = await LoopProcess.RunAsync(_files.At("data"), "doctor", "--json");
        Skip.If(doctor.ExitCode == 7, $"no container engine here: {doctor.Error}");
        await using var receiver = await OtlpReceiver.StartAsync();
        using var demo = LoopProcess.StartAsIs(
            [.. receiver.Settings.Select(s => (s.Key, s.Value!))],
            "demo",
            "--json",
            "--data",
            _files.At("data")
        );

        var ended = await demo.EndAsync();

        ended.ExitCode.ShouldBe(0, ended.ToString());
        var root = receiver.Spans.Single(s => s.Name == "invoke_agent make");
        root.Tags["loopcluster.loop"].ShouldBe(JsonElement.Parse(ended.Output).GetProperty("id").GetString());
        var drawn = TraceText.Draw([.. receiver.Spans.Where(s => s.Trace == root.Trace)], Shown);
        var docs = Path.Combine(FindRoot(), "docs", "telemetry.md");
        var page = await File.ReadAllTextAsync(docs);
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 })
        {
            await File.WriteAllTextAsync(docs, Block().Replace(page, $"```trace\n{drawn}```"));
        }
        else
        {
            // How long it took is that day's.
            Durations().Replace(drawn, "").ShouldBe(Durations().Replace(Block().Match(page).Groups[1].Value, ""));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Up_OpenTelemetry_IsLoadedOnlyWhenAnEndpointIsNamed(bool named)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var up = LoopProcess.StartAsIs(
            named ? [.. receiver.Settings.Select(s => (s.Key, s.Value!))] : [],
            "up",
            "--port",
            "0",
            "--json",
            "--data",
            _files.At("data")
        );
        await up.FirstLineAsync();

        var loaded = await File.ReadAllTextAsync($"/proc/{up.Id}/maps");

        loaded.ShouldContain("LoopCluster.Runtime.dll");
        loaded.Contains("/OpenTelemetry", StringComparison.Ordinal).ShouldBe(named);
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LoopCluster.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests run outside the source tree");
        }

        return directory;
    }

    [GeneratedRegex(@"```trace\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@" *[\d.]+ ms")]
    private static partial Regex Durations();
}
