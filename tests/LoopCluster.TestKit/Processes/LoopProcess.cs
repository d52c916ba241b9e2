using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace LoopCluster.TestKit.Processes;

/// <summary>The built <c>loop</c>, run as a process of its own.</summary>
public sealed class LoopProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<string?> _firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private LoopProcess(
        string program,
        IEnumerable<string> arguments,
        string input,
        IEnumerable<(string Name, string Value)>? environment = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
        _output = ReadAsync(_process.StandardOutput);
        _error = _process.StandardError.ReadToEndAsync();
    }

    private static string DotNet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    private static IEnumerable<string> Arguments(string data, string[] arguments) =>
        [Path.Combine(AppContext.BaseDirectory, "loop.dll"), .. arguments, "--data", data];

    /// <summary>
    /// With SIGINT as a terminal would deliver it: a shell that starts the tests in the background has it ignored, and that is inherited.
    /// </summary>
    public static LoopProcess Start(string data, params string[] arguments) =>
        new("/usr/bin/env", ["--default-signal=INT", DotNet, .. Arguments(data, arguments)], "");

    /// <summary>With nothing added to the command line.</summary>
    public static LoopProcess StartAsIs(IEnumerable<(string Name, string Value)> environment, params string[] arguments) =>
        new(DotNet, [Path.Combine(AppContext.BaseDirectory, "loop.dll"), .. arguments], "", environment);

    public static async Task<LoopResult> RunAsync(string data, params string[] arguments)
    {
        using var process = Start(data, arguments);
        return await process.EndAsync();
    }

    /// <summary>As a person at a terminal would, who types <paramref name="typed"/>. Everything shown is the output.</summary>
    public static async Task<LoopResult> RunOnTerminalAsync(string data, string typed, params string[] arguments)
    {
        var command = string.Join(' ', Arguments(data, arguments).Prepend(DotNet).Select(a => $"'{a}'"));
        using var process = new LoopProcess(
            "/usr/bin/script",
            ["--quiet", "--return", "--command", $"TERM=xterm {command}", "/dev/null"],
            typed
        );
        return await process.EndAsync();
    }

    public async Task<LoopResult> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await _process.WaitForExitAsync(patience.Token);
        return new LoopResult(_process.ExitCode, await _output, await _error);
    }

    public int Id => _process.Id;

    /// <summary>The first line of its output, as soon as there is one.</summary>
    /// <exception cref="InvalidOperationException">It ended without one.</exception>
    public async Task<string> FirstLineAsync() =>
        await _firstLine.Task.WaitAsync(TimeSpan.FromMinutes(3))
        ?? throw new InvalidOperationException($"ended without a word: {await _error}");

    private async Task<string> ReadAsync(StreamReader output)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        while (await output.ReadAsync(buffer) is > 0 and var read)
        {
            text.Append(buffer, 0, read);
            if (!_firstLine.Task.IsCompleted && text.ToString().IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end)
            {
                _firstLine.TrySetResult(text.ToString(0, end));
            }
        }

        _firstLine.TrySetResult(text.Length == 0 ? null : text.ToString());
        return text.ToString();
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
