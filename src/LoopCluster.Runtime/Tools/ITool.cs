using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

/// <summary>Something a model may call.</summary>
public interface ITool
{
    /// <summary>As the model is told, the rules know and <c>loop-created</c> keeps it.</summary>
    ToolDefinition Definition { get; }

    /// <summary>True when a call reads or writes files of the workspace.</summary>
    bool UsesWorkspace => true;

    /// <summary>
    /// Runs one call whose arguments fit the schema. What the model can mend is a result; an exception is broken infrastructure.
    /// </summary>
    ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken);
}

/// <param name="Timeout">Of a sandbox call, already lowered to what the budget leaves.</param>
public sealed record ToolInvocation(
    LoopState State,
    JsonElement Arguments,
    IWorkspace Workspace,
    ISandbox Sandbox,
    SandboxOwner Owner,
    SandboxShape Shape,
    IBlobStore Blobs,
    TimeSpan Timeout
);

/// <param name="Output">What the model is told, raw.</param>
/// <param name="OutputBytes">Length of the raw output, including what a limit cut away.</param>
/// <param name="Note">Kept in the ledger as <c>note-kept</c>.</param>
public sealed record ToolResult(
    ToolOutcome Outcome,
    ReadOnlyMemory<byte> Output,
    int? ExitCode = null,
    double SandboxSeconds = 0,
    string? Note = null,
    long? OutputBytes = null
);
