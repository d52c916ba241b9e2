using System.Diagnostics;

namespace LoopCluster.Bench.Turns;

/// <summary>The stub model server in a process of its own, so that its work is not counted as ours.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly Process _process;

    private StubServer(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public static async Task<StubServer> StartAsync()
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["stub"]) { RedirectStandardOutput = true, RedirectStandardInput = true })
            ?? throw new InvalidOperationException("the stub model server did not start");
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the stub model server ended at once");
        return new StubServer(process, new Uri(line));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
