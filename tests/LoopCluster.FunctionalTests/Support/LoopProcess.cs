using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace LoopCluster.FunctionalTests.Support;

/// <summary>The built <c>loop</c>, run as a process of its own.</summary>
public sealed class LoopProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private LoopProcess(string data, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "loop.dll"), .. arguments, "--data", data])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public static LoopProcess Start(string data, params string[] arguments) => new(data, arguments);

    public static async Task<LoopResult> RunAsync(string data, params string[] arguments)
    {
        using var process = Start(data, arguments);
        return await process.EndAsync();
    }

    public async Task<LoopResult> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        return new LoopResult(_process.ExitCode, await _output, await _error);
    }

    public void Signal(int number) => _ = Kill(_process.Id, number);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}

public sealed record LoopResult(int ExitCode, string Output, string Error)
{
    /// <summary>Stdout as JSON: nothing else may be on it.</summary>
    public JsonElement Json => JsonElement.Parse(Output);

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}
