using System.Text;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Gates, in a clean room: a tree git built, checked out into an empty directory, in a fresh container over the prepared base.</summary>
internal sealed partial class EffectPerformer
{
    /// <summary>A shell's codes for: the engine failed, not executable, not found.</summary>
    private const int FirstNotStarted = 125;
    private const int LastNotStarted = 127;

    private async Task<Performed> RunGateAsync(RunGate effect, LoopState state, CancellationToken cut)
    {
        var start = effect.Start;
        try
        {
            var workspace = await WorkspaceAsync(state, cut).ConfigureAwait(false);
            var tree = start.Phase == GatePhase.Baseline
                ? new GateTree(start.Tree, [], [])
                : await ports.Workspaces.BuildGateTreeAsync(state.Id, state.Created.Base.Tree, start.Tree, GateGuard.Of(state), cut).ConfigureAwait(false);
            if (tree.Steering.Count > 0)
            {
                return One(NotDecided(start, GateOutcome.Steered, SteeringText.OfChange(tree.Steering), 0) with
                {
                    GateTree = tree.Tree,
                    ImageId = state.Prepared!.ImageId,
                    Restored = [.. tree.Restored.Take(MostNamed)],
                    Steering = [.. tree.Steering.Take(MostNamed)],
                });
            }

            var layer = state.Prepared?.Layer is { } prepared ? ports.Preparer.FilesOf(prepared) : null;
            await using var room = await ports.Workspaces.CheckoutAsync(state.Id, tree.Tree, state.Created.Base.Tree, GateGuard.Of(state), layer, cut).ConfigureAwait(false);
            if (room.Blocked.Count > 0)
            {
                // Removing what lies there would gate another tree than the one delivered; running without the files could pass for want of them.
                return One(NotDecided(
                    start, GateOutcome.Failed, $"not run: what 'prepare' made has no place, because the change put a file or link where a directory was: {string.Join(", ", room.Blocked)}", 0));
            }

            var shape = GateShape(state, room);
            var call = new SandboxCall { Command = effect.Gate.Run, Environment = GateGuard.Environment, Timeout = TimeSpan.FromSeconds(start.ReservedSeconds) };
            await RequireTenureAsync(state, cut).ConfigureAwait(false);
            var result = await ports.Sandbox.RunAsync(OwnerOf(state), shape, call, cut).ConfigureAwait(false);
            if (result.Outcome == SandboxOutcome.Cancelled)
            {
                return One(NotDecided(start, GateOutcome.Aborted, "cut off", start.ReservedSeconds));
            }

            var output = SecretsOf(state).Redact(result.Output);
            // A loop of an earlier version goes on under the rules it began with.
            IReadOnlyList<string> replaced = state.Created.Protection is null ? [] : [.. room.Replaced.Where(path => GateGuard.Counts(effect.Gate.Run, path))];
            if (replaced.Count > 0)
            {
                output = (byte[])[.. output.Span, .. Encoding.UTF8.GetBytes($"\n[{SteeringText.OfRun(replaced)}]\n")];
            }

            var outcome = replaced.Count > 0 ? GateOutcome.Steered : OutcomeOf(result, output, effect.Gate.Evidence);
            if (outcome == GateOutcome.NotRun && start.Phase == GatePhase.Baseline && await IsUnwrittenAsync(effect.Gate, state, result.ExitCode, output, cut).ConfigureAwait(false))
            {
                outcome = GateOutcome.Failed;
            }

            return One(new GateCompleted
            {
                Gate = start.Gate,
                Phase = start.Phase,
                Tree = start.Tree,
                Run = start.Run,
                Rerun = start.Rerun,
                Outcome = outcome,
                Steering = replaced.Count > 0 ? replaced : null,
                ExitCode = result.Outcome == SandboxOutcome.Exited ? result.ExitCode : null,
                GateTree = tree.Tree,
                ImageId = shape.ImageId,
                Output = await OutputStore.KeepAsync(ports.Blobs, output, result.OutputBytes, CancellationToken.None).ConfigureAwait(false),
                Restored = [.. tree.Restored.Take(MostNamed)],
                Scratch = start.Phase == GatePhase.Verify ? workspace.Scratch : [],
                SandboxSeconds = Math.Round(result.Duration.TotalSeconds, 3),
                Missing = start.Phase != GatePhase.Baseline ? null : outcome switch
                {
                    GateOutcome.Failed => MissingTools.Find(state.Spec, effect.Gate, Encoding.UTF8.GetString(output.Span)),
                    GateOutcome.NotRun => MissingTools.OfNotRun(Encoding.UTF8.GetString(output.Span)),
                    _ => null,
                },
            });
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            return One(NotDecided(start, GateOutcome.Aborted, "cut off", start.ReservedSeconds));
        }
        catch (Exception e) when (EndsEffectOnly(e))
        {
            return One(NotDecided(start, GateOutcome.Unavailable, Explain(e, effect).Message, 0));
        }
    }

    /// <summary>Fail closed: only exit code 0, with the evidence that was asked for, is a pass.</summary>
    private static GateOutcome OutcomeOf(SandboxResult result, ReadOnlyMemory<byte> output, string? evidence) => result.Outcome switch
    {
        SandboxOutcome.TimedOut => GateOutcome.Timeout,
        SandboxOutcome.OutOfMemory => GateOutcome.OutOfMemory,
        _ when result.ExitCode is >= FirstNotStarted and <= LastNotStarted => GateOutcome.NotRun,
        _ when result.ExitCode != 0 => GateOutcome.Failed,
        _ => evidence is null || HasEvidence(output, evidence) ? GateOutcome.Passed : GateOutcome.NoEvidence,
    };

    private static bool HasEvidence(ReadOnlyMemory<byte> output, string evidence) =>
        LinearRegex.IsMatch(LinearRegex.Create(evidence, multiline: true), Encoding.UTF8.GetString(output.Span));

    private async ValueTask<bool> IsUnwrittenAsync(GateSpec gate, LoopState state, int? exitCode, ReadOnlyMemory<byte> output, CancellationToken cancellationToken)
    {
        var files = new HashSet<string>(await ports.Workspaces.ListFilesAsync(state.Id, state.Created.Base.Tree, cancellationToken).ConfigureAwait(false), StringComparer.Ordinal);
        var prepared = state.Prepared?.Layer?.Paths ?? [];
        return UnwrittenCommand.Is(
            gate, exitCode, Encoding.UTF8.GetString(output.Span), path => files.Contains(path) || prepared.Any(p => path == p || path.StartsWith($"{p}/", StringComparison.Ordinal)));
    }

    private static SandboxShape GateShape(LoopState state, ICheckout room) => new()
    {
        ImageId = state.Prepared!.ImageId,
        WorkspaceDirectory = room.Directory,
        Limits = state.Spec.Sandbox,
    };

    private static GateCompleted NotDecided(GateStarted start, GateOutcome outcome, string why, double seconds) => new()
    {
        Gate = start.Gate,
        Phase = start.Phase,
        Tree = start.Tree,
        Run = start.Run,
        Rerun = start.Rerun,
        Outcome = outcome,
        GateTree = start.Tree,
        ImageId = "",
        Output = OutputText.Inline(why),
        SandboxSeconds = seconds,
    };
}
