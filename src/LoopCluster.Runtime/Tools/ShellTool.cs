using System.Globalization;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

/// <summary>A command in a throwaway container over the workspace.</summary>
internal sealed class ShellTool : ITool
{
    /// <summary>Linux takes at most 128 KiB in one argument of a process, in bytes with the closing NUL.</summary>
    private const int MostBytes = 128 * 1024 - 1;

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "shell",
            "Run a command with /bin/sh in /workspace, in a fresh container: only files in /workspace outlive it, no background process does. "
                + "Returns standard output and error; the last line tells the exit code.",
            """
            {"type":"object","properties":{"command":{"type":"string","minLength":1}},"required":["command"],"additionalProperties":false}
            """,
            EffectClass.Workspace,
            sandbox: true
        );

    public async ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var command = invocation.Arguments.Text("command");
        if (command.Contains('\0', StringComparison.Ordinal))
        {
            return ToolSchema.Error("'command' must not contain the character NUL");
        }

        if (Encoding.UTF8.GetByteCount(command) > MostBytes)
        {
            return ToolSchema.Error("'command' is longer than 128 KiB: write a script with write_file and run that");
        }

        var call = new SandboxCall { Command = command, Timeout = invocation.Timeout };
        var result = await invocation.Sandbox.RunAsync(invocation.Owner, invocation.Shape, call, cancellationToken);
        var (outcome, ending) = Describe(result, invocation);
        var output = WithLastLine(result.Output.Span, ending);
        return new ToolResult(
            outcome,
            output,
            result.ExitCode,
            result.Duration.TotalSeconds,
            OutputBytes: result.OutputBytes + output.Length - result.Output.Length
        );
    }

    private static (ToolOutcome Outcome, string Ending) Describe(SandboxResult result, ToolInvocation invocation) =>
        result.Outcome switch
        {
            SandboxOutcome.TimedOut => (
                ToolOutcome.Timeout,
                string.Create(CultureInfo.InvariantCulture, $"[killed: still running after {invocation.Timeout.TotalSeconds:0.###}s]")
            ),
            SandboxOutcome.OutOfMemory => (
                ToolOutcome.OutOfMemory,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"[killed: over the memory limit of {invocation.Shape.Limits.Memory / 1048576.0:0.#} MiB]"
                )
            ),
            SandboxOutcome.Cancelled => (ToolOutcome.Aborted, "[cut off: the loop was cancelled or its time is up]"),
            _ => (ToolOutcome.Ok, string.Create(CultureInfo.InvariantCulture, $"[exit code {result.ExitCode}]")),
        };

    private static byte[] WithLastLine(ReadOnlySpan<byte> output, string line)
    {
        var newline = output.Length > 0 && output[^1] != '\n' ? 1 : 0;
        var whole = new byte[output.Length + newline + Encoding.UTF8.GetByteCount(line)];
        output.CopyTo(whole);
        whole.AsSpan(output.Length, newline).Fill((byte)'\n');
        Encoding.UTF8.GetBytes(line, whole.AsSpan(output.Length + newline));
        return whole;
    }
}
