using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.FunctionalTests.Hosts;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.FunctionalTests.Proofs;

/// <summary>A data directory with loops that have ended, made without containers.</summary>
public sealed class ProofBench : IDisposable
{
    private readonly TestFiles _files = new();

    public string Data => _files.At("data");

    public string Key => Path.Combine(Data, "keys", "proof.pub.pem");

    public string At(params string[] parts) => _files.At(parts);

    public string FileOf(LoopId loop, string name = "proof.json") => Path.Combine(Data, "proofs", loop.Value, name);

    /// <summary>Runs a loop to its end: red once, then <paramref name="last"/> in the file that has to say 42.</summary>
    public async Task<LoopState> RunAsync(string last)
    {
        var shell = new FakeShell();
        shell.Release();
        await using var runtime = await LocalHostTests.OwnAsync(
            new HostSetup(Data, shell.Sandbox, ModelCatalog.Empty, TimeProvider.System)
        );
        var spec = SpecFile.Parse(
            $$"""
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: hello } }
            model: { script: { replies: [ {{Write("41")}}, {{Write(last)}} ] } }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            budget: { attempts: 2 }
            """,
            SpecOrigin.File(_files.Root)
        );
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var loop = await runtime.Host.StartAsync(new StartLoop("tests", spec), patience.Token);
        await foreach (var _ in runtime.Host.WatchAsync(loop, 1, patience.Token)) { }

        return (await runtime.Host.GetAsync(loop, patience.Token))!.State;
    }

    public void Dispose() => _files.Dispose();

    private static string Write(string text) =>
        $$"""{ tools: [ { name: write_file, arguments: { path: answer.txt, content: "{{text}}\n" } }, { name: done, arguments: { summary: ready } } ] }""";
}
