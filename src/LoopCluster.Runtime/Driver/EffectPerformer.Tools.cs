using System.Text;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Driver;

/// <summary>Tool calls, which the engine has admitted: run, then committed.</summary>
internal sealed partial class EffectPerformer
{
    private async Task<IReadOnlyList<LoopEvent>> RunToolAsync(RunTool run, LoopState state, CancellationToken cut)
    {
        if (!ports.Tools.TryGet(run.Call.Name, out var tool))
        {
            return One(Ended(run.Call, ToolOutcome.Error, $"tool '{run.Call.Name}' is not there on this host; do without it"));
        }

        var usesSandbox = tool.Definition.Sandbox;
        try
        {
            if (tool is StepDoneTool)
            {
                return await CheckStepAsync(run, state, cut).ConfigureAwait(false);
            }

            var workspace = tool.UsesWorkspace ? await WorkspaceAsync(state, cut).ConfigureAwait(false) : NoWorkspace.Instance;
            var invocation = new ToolInvocation(
                state,
                run.Arguments,
                workspace,
                ports.Sandbox,
                OwnerOf(state),
                ShapeOf(state, workspace),
                ports.Blobs,
                TimeSpan.FromSeconds(run.Request.ReservedSeconds)
            );
            if (tool.UsesWorkspace)
            {
                await PlaceLayerAsync(state, workspace, cut).ConfigureAwait(false);
            }

            await RequireTenureAsync(state, cut).ConfigureAwait(false);
            _isPlaced &= !usesSandbox;
            var running = tool.RunAsync(invocation, cut);
            if (usesSandbox)
            {
                // While this call runs: calls that follow at once then find the next container started. Starting one touches nothing in the
                // workspace.
                Prewarm(invocation.Owner, invocation.Shape);
            }

            var result = await running.ConfigureAwait(false);
            cut.ThrowIfCancellationRequested();
            return await RecordAsync(run, tool, result, state, workspace).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // The files may be half written: the next use starts from the last commit.
            await DropWorkspaceAsync().ConfigureAwait(false);
            return One(Ended(run.Call, ToolOutcome.Aborted, "cut off") with { SandboxSeconds = run.Request.ReservedSeconds });
        }
    }

    private async ValueTask<List<LoopEvent>> RecordAsync(RunTool run, ITool tool, ToolResult result, LoopState state, IWorkspace workspace)
    {
        WorkspaceCommitted? committed = null;
        if (tool.UsesWorkspace && run.Request.Class != EffectClass.Pure)
        {
            committed = await workspace
                .CommitAsync($"{run.Call.Name} in attempt {state.Attempt}", LayerPathsOf(state), CancellationToken.None)
                .ConfigureAwait(false);
        }

        var raw = SecretsOf(state).Redact(result.Output);
        if (workspace.Refused is [_, ..] refused && !refused.SequenceEqual(_told))
        {
            _told = refused;
            raw = (byte[])[.. raw.Span, .. Encoding.UTF8.GetBytes($"\n[not kept: {string.Join("; ", refused.Take(20))}]")];
        }

        var completed = new ToolCompleted
        {
            Call = run.Call.Id,
            Tool = run.Call.Name,
            Outcome = result.Outcome,
            ExitCode = result.ExitCode,
            Output = await OutputStore
                .KeepAsync(ports.Blobs, raw, result.OutputBytes ?? raw.Length, CancellationToken.None)
                .ConfigureAwait(false),
            SandboxSeconds = Math.Round(result.SandboxSeconds, 3),
        };
        var events = new List<LoopEvent>(3) { completed };
        if (result.Note is { } note)
        {
            events.Add(new NoteKept(SecretsOf(state).Redact(note)));
        }

        if (committed is { } commit && commit.Commit != state.Workspace.Commit)
        {
            events.Add(ChangeRules.Judge(state.Spec.Changes, commit));
        }

        return events;
    }

    private async ValueTask PrewarmAsync(LoopState state, CancellationToken cancellationToken)
    {
        if (!state.Created.Tools.Any(t => t.Sandbox))
        {
            return;
        }

        var workspace = await WorkspaceAsync(state, cancellationToken).ConfigureAwait(false);
        Prewarm(OwnerOf(state), ShapeOf(state, workspace));
    }

    private void Prewarm(SandboxOwner owner, SandboxShape shape)
    {
        _hasPrewarmed = true;
        ports.Sandbox.Prewarm(owner, shape);
    }

    private static SandboxOwner OwnerOf(LoopState state) => new(state.Id, state.Epoch, state.Created.Tenant);

    private static SandboxShape ShapeOf(LoopState state, IWorkspace workspace) =>
        new()
        {
            ImageId = state.Prepared!.ImageId,
            WorkspaceDirectory = workspace.Directory,
            Limits = state.Spec.Sandbox,
            Egress = state.Spec.Sandbox.Egress,
            Source = state.Spec.Source,
        };

    private static IReadOnlyList<string> LayerPathsOf(LoopState state) => state.Prepared?.Layer?.Paths ?? [];

    private static ToolCompleted Ended(ToolCall call, ToolOutcome outcome, string text) =>
        new()
        {
            Call = call.Id,
            Tool = call.Name,
            Outcome = outcome,
            Output = OutputText.Inline(text),
        };

    private static ToolCompleted Unknown(ToolRequested tool, string message) =>
        new()
        {
            Call = tool.Call,
            Tool = tool.Tool,
            Outcome = ToolOutcome.Unknown,
            Output = OutputText.Inline($"the outcome of this call is unknown, and it will not be repeated: {message}"),
            SandboxSeconds = tool.ReservedSeconds,
        };
}
