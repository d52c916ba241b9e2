using System.Diagnostics;
using System.Threading.Channels;

namespace LoopCluster.TestKit.Kills;

/// <summary>A process of a fault host, and what it says line by line.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    public const int Killed = 128 + 9;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task _reading;
    private readonly Task<string> _errors;

    private HostProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The fault host, whose assembly lies beside the tests that refer to it.</summary>
    public static HostProcess Start(IEnumerable<string> arguments) =>
        StartProgram("dotnet", [Path.Combine(AppContext.BaseDirectory, "loop-faulthost.dll"), .. arguments]);

    public static HostProcess StartProgram(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // Short-lived processes: what the runtime compiles better later is never used.
        start.Environment["DOTNET_TieredPGO"] = "0";
        var process = new HostProcess(Process.Start(start)!);
        process._process.StandardInput.Close();
        return process;
    }

    public int Id => _process.Id;

    /// <summary>The next line that fits; lines before it are passed over.</summary>
    public async Task<string> SeeAsync(Func<string, bool> fits)
    {
        using var patience = new CancellationTokenSource(_patience);
        var seen = new List<string>();
        await foreach (var line in _lines.Reader.ReadAllAsync(patience.Token))
        {
            seen.Add(line);
            if (fits(line))
            {
                return line;
            }
        }

        throw new InvalidOperationException(
            $"the host ended without the line that was waited for. It said:\n{string.Join('\n', seen)}\n{await _errors}"
        );
    }

    public Task<string> SeeAsync(string beginning) => SeeAsync(line => line.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>SIGKILL, and the process is gone when the task is done.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>How many writes of ledger and audit log it made; it must end by itself.</summary>
    public async Task<int> CountWritesAsync() =>
        int.Parse((await SeeAsync("writes "))[7..], System.Globalization.CultureInfo.InvariantCulture);

    public async Task<HostEnd> EndAsync()
    {
        using var patience = new CancellationTokenSource(_patience);
        await _process.WaitForExitAsync(patience.Token);
        await _reading;
        return new HostEnd(_process.ExitCode, await _errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }
}

internal sealed record HostEnd(int ExitCode, string Errors);
