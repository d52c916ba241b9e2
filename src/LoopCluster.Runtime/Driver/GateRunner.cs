using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>What a gate is run in.</summary>
/// <param name="Layer">The prepared layer over the tree.</param>
/// <param name="Nonce">What checks of ours say when they fail.</param>
public sealed record GateSetting(
    GatePhase Phase,
    GateTree Tree,
    string BaseTree,
    string ImageId,
    PreparedLayer? Layer,
    TimeSpan Timeout,
    string? Nonce = null
);

/// <summary>
/// Runs a gate's command once in a clean room (a tree git built, checked out into an empty directory, in a fresh container over the
/// prepared base) and says what was seen. What that means is for <see cref="GateVerdict"/> to say.
/// </summary>
/// <param name="keeps">Long outputs go to the blob store; else only a verdict is wanted.</param>
public sealed class GateRunner(LoopPorts ports, bool keeps)
{
    private readonly LoopSecrets _secrets = new(ports.Redactor);

    /// <param name="permit">Asked right before the command starts.</param>
    public async Task<GateRun> RunAsync(
        LoopState state,
        CommandGate gate,
        GateSetting setting,
        Func<ValueTask>? permit,
        CancellationToken cut
    )
    {
        var (tree, guard) = (setting.Tree, GateGuard.Of(state));
        var known = new GateRun
        {
            End = RunEnd.NotBegun,
            Output = OutputText.Inline(""),
            GateTree = tree.Tree,
            ImageId = setting.ImageId,
            Restored = tree.Restored,
        };
        if (StrengthRules.Reviews(state))
        {
            // It shows what it is worth first: a red gate needs no person.
            known = known with { Steers = tree.Steering };
        }
        else if (tree.Steering.Count > 0)
        {
            return known with { Steering = tree.Steering, Output = OutputText.Inline(SteeringText.OfChange(tree.Steering)) };
        }

        var layer = setting.Layer is { } prepared ? ports.Preparer.FilesOf(prepared) : null;
        await using var room = await ports
            .Workspaces.CheckoutAsync(state.Id, tree.Tree, setting.BaseTree, guard, layer, cut)
            .ConfigureAwait(false);
        if (room.Blocked.Count > 0)
        {
            // Removing what lies there would gate another tree than the one delivered; running without the files could pass for want of
            // them.
            return known with { Blocked = room.Blocked, Output = OutputText.Inline(SteeringText.OfBlocked(room.Blocked)) };
        }

        var shape = new SandboxShape
        {
            ImageId = setting.ImageId,
            WorkspaceDirectory = room.Directory,
            Limits = state.Spec.Sandbox,
        };
        var call = new SandboxCall
        {
            Command = gate.Run,
            Environment = GateGuard.Environment,
            Timeout = setting.Timeout,
        };
        if (permit is not null)
        {
            await permit().ConfigureAwait(false);
        }

        var result = await ports
            .Sandbox.RunAsync(new SandboxOwner(state.Id, state.Epoch, state.Created.Tenant), shape, call, cut)
            .ConfigureAwait(false);
        if (result.End == RunEnd.CutOff)
        {
            return known with { End = RunEnd.CutOff, Output = OutputText.Inline("cut off"), SandboxSeconds = setting.Timeout.TotalSeconds };
        }

        var output = _secrets.Of(state.Created.Models.Values).Redact(result.Output);
        string[] replaced = state.Imported.Protection is null ? [] : [.. room.Replaced.Where(path => GateGuard.Counts(gate.Run, path))];
        if (replaced.Length > 0)
        {
            output = (byte[])[.. output.Span, .. Encoding.UTF8.GetBytes($"\n[{SteeringText.OfRun(replaced)}]\n")];
        }

        return await ReadAsync(
                known with
                {
                    End = result.End,
                    ExitCode = result.End == RunEnd.Exited ? result.ExitCode : null,
                    Steering = replaced,
                    Output = keeps
                        ? await OutputStore.KeepAsync(ports.Blobs, output, result.OutputBytes, CancellationToken.None).ConfigureAwait(false)
                        : known.Output,
                    SandboxSeconds = Math.Round(result.Duration.TotalSeconds, 3),
                },
                state,
                gate,
                setting,
                Encoding.UTF8.GetString(output.Span),
                cut
            )
            .ConfigureAwait(false);
    }

    /// <summary>What the output shows.</summary>
    private async ValueTask<GateRun> ReadAsync(
        GateRun run,
        LoopState state,
        CommandGate gate,
        GateSetting setting,
        string output,
        CancellationToken cancellationToken
    )
    {
        var count = state.Imported.Strength is null ? null : TestCounts.Of(output);
        run = run with
        {
            Evidence = run.ExitCode is null || gate.Evidence is null ? null : GateVerdict.ShowsEvidence(gate.Evidence, output),
            Tests = count?.Ran,
            Failing = count?.Failed,
            Probe = setting.Nonce is { } nonce ? CanaryPlan.Read(nonce, output) : null,
        };
        if (setting.Phase != GatePhase.Baseline)
        {
            return run;
        }

        if (UnwrittenCommand.MayBe(run.ExitCode))
        {
            var files = await ports.Workspaces.ListFilesAsync(state.Id, state.Base.Tree, cancellationToken).ConfigureAwait(false);
            run = run with
            {
                Unwritten = UnwrittenCommand.Is(
                    gate,
                    run.ExitCode,
                    output,
                    files.ToHashSet(StringComparer.Ordinal),
                    state.Prepared?.Layer?.Paths ?? []
                ),
            };
        }

        return run with
        {
            Missing = MissingTools.Of(state.Spec, gate, GateVerdict.Of(gate, setting.Phase, run), output),
        };
    }
}
