using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Driver;

/// <summary>Tool calls: admitted by schema and policy first, then run, then committed.</summary>
internal sealed partial class EffectPerformer
{
    private Performed AdmitTool(AdmitTool admit, LoopState state)
    {
        var call = admit.Call;
        if (!ports.Tools.TryGet(call.Name, out var tool) || !state.Created.Tools.Any(t => t.Name == call.Name))
        {
            return One(Refused(call, ToolOutcome.Error, ports.Tools.DescribeUnknown(call.Name)));
        }

        if (!ToolArguments.TryParse(tool.Definition, call.Arguments, out var arguments, out var error))
        {
            return One(Refused(call, ToolOutcome.Error, error));
        }

        var decision = PolicyEvaluator.Decide(state.Spec.Policy, state.Created.WorkspacePolicy, call.Name, arguments);
        var granted = decision.Effect == PolicyEffect.Ask && admit.Grant?.Asked is { Kind: ApprovalKind.Tool } asked
            && asked.Call == call.Id && asked.Tool == call.Name && asked.Arguments == call.Arguments && asked.Tree == state.Workspace.Tree;
        var audit = AuditRecords.ToolDecided(state, call, arguments, decision, granted, SecretsOf(state), ports.Time.GetUtcNow());
        LoopEvent admitted = decision.Effect switch
        {
            PolicyEffect.Deny => Refused(call, ToolOutcome.Denied, $"the policy denies this call ({decision.Rule}): {decision.Reason}"),
            PolicyEffect.Ask when !granted => new ApprovalAsked
            {
                Kind = ApprovalKind.Tool,
                Call = call.Id,
                Tool = call.Name,
                Arguments = call.Arguments,
                Tree = state.Workspace.Tree,
                Rule = decision.Rule,
            },
            _ => new ToolRequested
            {
                Call = call.Id,
                Tool = call.Name,
                Class = tool.ClassIn(state.Spec),
                Rule = decision.Rule,
                ReservedSeconds = tool.UsesSandbox
                    ? Math.Min(state.Spec.Sandbox.Timeout.Value.TotalSeconds, state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds)
                    : 0,
            },
        };
        return new Performed([admitted], audit);
    }

    private async Task<Performed> RunToolAsync(RunTool run, LoopState state, CancellationToken cut)
    {
        if (!ports.Tools.TryGet(run.Call.Name, out var tool))
        {
            throw new LoopClusterException("internal-error", $"tool '{run.Call.Name}' was admitted and is gone");
        }

        ToolArguments.TryParse(tool.Definition, run.Call.Arguments, out var arguments, out _);
        try
        {
            var workspace = tool.UsesWorkspace ? await WorkspaceAsync(state, cut).ConfigureAwait(false) : NoWorkspace.Instance;
            var invocation = new ToolInvocation(
                state, arguments, workspace, ports.Sandbox, OwnerOf(state), ShapeOf(state, workspace), ports.Blobs, TimeSpan.FromSeconds(run.Request.ReservedSeconds));
            if (tool.UsesWorkspace)
            {
                await PlaceLayerAsync(state, workspace, cut).ConfigureAwait(false);
            }

            await RequireTenureAsync(state, cut).ConfigureAwait(false);
            _isPlaced &= !tool.UsesSandbox;
            var running = tool.RunAsync(invocation, cut);
            if (tool.UsesSandbox)
            {
                // While this call runs: calls that follow at once then find the next container started. Starting one touches nothing in the workspace.
                Prewarm(invocation.Owner, invocation.Shape);
            }

            var result = await running.ConfigureAwait(false);
            cut.ThrowIfCancellationRequested();
            return new Performed(await RecordAsync(run, tool, result, state, workspace).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // The files may be half written: the next use starts from the last commit.
            await DropWorkspaceAsync().ConfigureAwait(false);
            return One(Refused(run.Call, ToolOutcome.Aborted, "cut off") with { SandboxSeconds = run.Request.ReservedSeconds });
        }
    }

    private async ValueTask<List<LoopEvent>> RecordAsync(RunTool run, ITool tool, ToolResult result, LoopState state, IWorkspace workspace)
    {
        WorkspaceCommitted? committed = null;
        if (tool.UsesWorkspace && run.Request.Class != EffectClass.Pure)
        {
            committed = await workspace.CommitAsync($"{run.Call.Name} in attempt {state.Attempt}", LayerPathsOf(state), CancellationToken.None).ConfigureAwait(false);
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
            Output = await OutputStore.KeepAsync(ports.Blobs, raw, result.OutputBytes ?? raw.Length, CancellationToken.None).ConfigureAwait(false),
            SandboxSeconds = Math.Round(result.SandboxSeconds, 3),
        };
        var events = new List<LoopEvent>(3) { completed };
        if (result.Note is { } note)
        {
            events.Add(new NoteKept(SecretsOf(state).Redact(note)));
        }

        if (committed is { } commit && commit.Commit != state.Workspace.Commit)
        {
            events.Add(WithinLimits(commit, state.Spec.Changes));
        }

        return events;
    }

    /// <summary>Names the paths the spec does not let the change touch, and keeps the lists short.</summary>
    private static WorkspaceCommitted WithinLimits(WorkspaceCommitted commit, ChangeLimits limits)
    {
        var allow = limits.Allow.Select(PathGlob.Parse).ToArray();
        var deny = limits.Deny.Select(PathGlob.Parse).ToArray();
        var violations = commit.Changed.Where(p => (allow.Length > 0 && !allow.Any(g => g.IsMatch(p))) || deny.Any(g => g.IsMatch(p)));
        return commit with { Violations = [.. violations.Take(100)], Changed = [.. commit.Changed.Take(100)] };
    }

    private async ValueTask PrewarmAsync(LoopState state, CancellationToken cancellationToken)
    {
        if (!state.Created.Tools.Any(t => ports.Tools.TryGet(t.Name, out var tool) && tool.UsesSandbox))
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

    private static SandboxShape ShapeOf(LoopState state, IWorkspace workspace) => new()
    {
        ImageId = state.Prepared!.ImageId,
        WorkspaceDirectory = workspace.Directory,
        Limits = state.Spec.Sandbox,
        Egress = state.Spec.Sandbox.Egress,
        Source = state.Spec.Source,
    };

    private static IReadOnlyList<string> LayerPathsOf(LoopState state) => state.Prepared?.Layer?.Paths ?? [];

    private static ToolCompleted Refused(ToolCall call, ToolOutcome outcome, string text) =>
        new() { Call = call.Id, Tool = call.Name, Outcome = outcome, Output = OutputText.Inline(text) };

    private static ToolCompleted Unknown(ToolRequested tool, string message) => new()
    {
        Call = tool.Call,
        Tool = tool.Tool,
        Outcome = ToolOutcome.Unknown,
        Output = OutputText.Inline($"the outcome of this call is unknown, and it will not be repeated: {message}"),
        SandboxSeconds = tool.ReservedSeconds,
    };
}
