using System.Buffers;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Runtime.Tools;

/// <summary>Reads on in an output that was too long to show.</summary>
internal sealed class ReadOutputTool : ITool
{
    /// <summary>Over the largest output a sandbox or gate keeps.</summary>
    private const int LargestOutput = 32 * 1024 * 1024;

    /// <summary>Outputs come with lines of any length, and there is no shell to look into them: a longer line counts as several.</summary>
    private const int LongestLine = 4096;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            ToolNames.ReadOutput,
            "Read an earlier output that was too long to be shown whole, by its ref (the hash given with it). Shows at most 8 KiB at a time. "
                + "start and end are line numbers from 1, both included; a line over 4096 bytes counts as several.",
            """
            {"type":"object","properties":{"ref":{"type":"string","minLength":1},"start":{"type":"integer","minimum":1},"end":{"type":"integer","minimum":1}},"required":["ref"],"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public bool UsesWorkspace => false;

    public async ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var hash = invocation.Arguments.Text("ref").Trim().ToLowerInvariant();
        if (hash.Length != 64 || hash.AsSpan().ContainsAnyExcept(Hex))
        {
            return ToolSchema.Error("'ref' must be the 64 hex digits given with the output");
        }

        // Blobs are shared by all loops and tenants; a hash that leaked from elsewhere must open nothing here.
        if (!invocation.State.KnowsOutput(hash))
        {
            return ToolSchema.Error("this loop has no output with that ref: copy it exactly as it was given");
        }

        await using var stream = await invocation.Blobs.OpenAsync(hash, cancellationToken);
        if (stream is null)
        {
            return ToolSchema.Error("that output is not in the store any more: run the command again");
        }

        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellationToken);
        return content.Length > LargestOutput
            ? ToolSchema.Error($"that output is longer than {LargestOutput / 1024 / 1024} MiB")
            : LineWindow.Show(
                content.GetBuffer().AsSpan(0, (int)content.Length),
                invocation.Arguments.OptionalInteger("start"),
                invocation.Arguments.OptionalInteger("end"),
                LongestLine
            );
    }
}
