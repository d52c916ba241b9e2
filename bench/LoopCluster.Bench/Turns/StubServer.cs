using System.Diagnostics;
using System.Globalization;

namespace LoopCluster.Bench.Turns;

/// <summary>The stub model server in a process of its own, so that its work is not counted as ours.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http = new();

    private StubServer(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public int Pid => _process.Id;

    /// <param name="turns">Tool calls it asks a session for before its final answer.</param>
    /// <param name="delay">How long it thinks.</param>
    public static async Task<StubServer> StartAsync(int turns = 10, TimeSpan delay = default)
    {
        var start = SelfProcess.StartInfo(
            "stub",
            turns.ToString(CultureInfo.InvariantCulture),
            delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)
        );
        start.RedirectStandardInput = start.RedirectStandardOutput = true;
        var process = Process.Start(start) ?? throw new InvalidOperationException("the stub model server did not start");
        var line = await process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException("the stub model server ended at once");
        return new StubServer(process, new Uri(line));
    }

    /// <summary>What <see cref="StartAsync"/> starts.</summary>
    /// <param name="arguments">Turns, and milliseconds of delay.</param>
    public static Task RunAsync(IReadOnlyList<string> arguments) =>
        new StubModel(
            int.Parse(arguments[0], CultureInfo.InvariantCulture),
            TimeSpan.FromMilliseconds(double.Parse(arguments[1], CultureInfo.InvariantCulture))
        ).RunAsync();

    /// <summary>Final answers given so far.</summary>
    public async Task<int> CountFinishedAsync() =>
        int.Parse(await _http.GetStringAsync(new Uri(Url + "/finished")), CultureInfo.InvariantCulture);

    /// <summary>Every request since the last call, oldest first.</summary>
    public async Task<IReadOnlyList<StubRequest>> TakeRecordAsync()
    {
        var text = await _http.GetStringAsync(new Uri(Url + "/record"));
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(StubRequest.Parse)];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

/// <param name="Turn">From 0.</param>
/// <param name="At">When it arrived.</param>
internal readonly record struct StubRequest(string Session, int Turn, DateTime At)
{
    public static StubRequest Parse(string line)
    {
        var parts = line.Split(' ');
        return new StubRequest(
            parts[0],
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            new DateTime(long.Parse(parts[2], CultureInfo.InvariantCulture), DateTimeKind.Utc)
        );
    }

    /// <summary>Milliseconds from each request of a session to its next, sorted.</summary>
    public static IReadOnlyList<double> TurnMs(IEnumerable<StubRequest> requests) =>
        [.. requests.GroupBy(r => r.Session).SelectMany(s => s.Zip(s.Skip(1), (a, b) => (b.At - a.At).TotalMilliseconds)).Order()];
}
