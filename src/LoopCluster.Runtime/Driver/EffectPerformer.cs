using System.Diagnostics;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Engine.Routing;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Driver;

/// <summary>Carries one effect out through the ports and says what happened, as events. Decides nothing.</summary>
/// <param name="tenure">Asked before every act whose intent is in the ledger; null where there is none.</param>
internal sealed partial class EffectPerformer(LoopPorts ports, LoopId loop, ILogger logger, Tenure? tenure = null) : IAsyncDisposable
{
    private const int MostNamed = 100;

    private readonly LoopSecrets _secrets = new(ports.Redactor);
    private IWorkspace? _workspace;
    private bool _hasPrewarmed;

    /// <summary>The prepared layer lies in the workspace as prepare left it: no command has run there since.</summary>
    private bool _isPlaced;

    /// <summary>What was refused when the model was last told: the same list is not told with every call.</summary>
    private IReadOnlyList<string> _told = [];

    public async Task<IReadOnlyList<LoopEvent>> PerformAsync(
        LoopEffect effect,
        LoopState state,
        Action<string>? onText,
        CancellationToken cut
    )
    {
        try
        {
            return effect switch
            {
                CallModel call => await CallModelAsync(call, state, onText, cut).ConfigureAwait(false),
                RunTool run => await RunToolAsync(run, state, cut).ConfigureAwait(false),
                RunGate gate => await RunGateAsync(gate, state, cut).ConfigureAwait(false),
                ImportBase => One(await new BaseImporter(ports.Workspaces, ports.Skills).ImportAsync(state, cut).ConfigureAwait(false)),
                DrawAllotment draw => One(await DrawAsync(draw, state, cut).ConfigureAwait(false)),
                PrepareBase prepare => await PrepareAsync(prepare, state, cut).ConfigureAwait(false),
                BriefJudges => One(await BriefJudgesAsync(state, cut).ConfigureAwait(false)),
                ReadForJudge read => One(await ReadForJudgeAsync(read, state, cut).ConfigureAwait(false)),
                ReadForExplorer read => One(await ReadForExplorerAsync(read, state, cut).ConfigureAwait(false)),
                SeePlaces places => One(await SeePlacesAsync(places, state, cut).ConfigureAwait(false)),
                SeeCited cited => One(await SeeCitedAsync(cited, state, cut).ConfigureAwait(false)),
                ChooseSkills => One(await ChooseSkillsAsync(state, cut).ConfigureAwait(false)),
                Prove => await ProveAsync(state, cut).ConfigureAwait(false),
                _ => throw new UnreachableException($"{effect.GetType().Name} is nothing to perform"),
            };
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // Cut off before anything was sent or recorded.
            return effect switch
            {
                CallModel call => One(
                    Failed(call.Request, new ModelFailure(ModelFailureKind.Aborted, "cut off before it was sent", Served: false))
                ),
                DrawAllotment { Draw: var draw } => One(new AllotmentRefused(draw.Lease, "cut off", Held: false)),
                PrepareBase { Start: var start } => One(PrepareRules.CutOff(start)),
                _ => [],
            };
        }
        catch (Exception e) when (EndsEffectOnly(e))
        {
            var (code, message) = Explain(e, effect);
            await DropAfterFailureAsync().ConfigureAwait(false);
            return effect is RunTool { Request: { Class: EffectClass.External } tool }
                ? One(Unknown(tool, message))
                : One(new InfrastructureFailed(code, message));
        }
    }

    public ValueTask DisposeAsync() => DropAfterFailureAsync();

    /// <summary>
    /// Whatever a tenant's files, commands or endpoint bring about ends the effect it happened in, with a reason in the ledger. Only what
    /// is about the ledger itself ends the drive: another driver has the loop, or nothing can be written.
    /// </summary>
    private static bool EndsEffectOnly(Exception error) =>
        error is not (LedgerConflictException or InfrastructureException { Code: "ledger-unavailable" });

    private (string Code, string Message) Explain(Exception error, LoopEffect effect)
    {
        if (error is InfrastructureException known)
        {
            return (known.Code, known.Message);
        }

        // Nobody foresaw it, so the log has all of it and the ledger what a person can use.
        LogEffectFailed(logger, error, effect.GetType().Name, loop.Value);
        return (
            "effect-failed",
            $"{effect.GetType().Name} failed in a way that was not foreseen ({error.GetType().Name}): {error.Message} The server's log has the details."
        );
    }

    /// <summary>What cannot be cleaned up now is cleaned up when the loop is opened again; that is no reason to stop driving it.</summary>
    private async ValueTask DropAfterFailureAsync()
    {
        try
        {
            await DropWorkspaceAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The failure before this one is what counts.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogNotDropped(logger, e, loop.Value);
        }
    }

    /// <summary>Nothing is done for a while: no container is held meanwhile.</summary>
    public async ValueTask RestAsync()
    {
        if (_hasPrewarmed)
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Removes what still runs of the loop.</summary>
    public async ValueTask ReleaseAsync()
    {
        _hasPrewarmed = false;
        try
        {
            await ports.Sandbox.ReleaseAsync(loop, CancellationToken.None).ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            // The engine is gone: its containers end by themselves when this end of their standard input closes, or by the reaper.
            LogNotReleased(logger, e, loop.Value);
        }
    }

    private async Task<IReadOnlyList<LoopEvent>> CallModelAsync(
        CallModel call,
        LoopState state,
        Action<string>? onText,
        CancellationToken cut
    )
    {
        // In an outage it is not known when there will be a reply.
        if (state.Prepared is not null && state.Outage is null && call.Request.Agent == AgentNames.Make)
        {
            await PrewarmAsync(state, cut).ConfigureAwait(false);
        }

        var request = call.Request;
        var model = call.Model;
        await RequireTenureAsync(state, cut).ConfigureAwait(false);
        var started = ports.Time.GetTimestamp();
        var secrets = SecretsOf(state);
        Action<string>? onPiece = onText is null ? null : piece => onText(ReplyBorder.Piece(piece, secrets));
        var result = ReplyBorder.Clean(
            await ports
                .Models.SendAsync(
                    new ModelCall(model, state.Id, AgentNames.RoleOf(request.Agent), request.Turn, call.Body, onPiece)
                    {
                        Agent = request.Agent,
                        Tenant = state.Created.Tenant,
                        Last = state.Agents[request.Agent].Replica is { } use
                            ? (use.Url, ports.Time.GetUtcNow() - use.At < AffinityRules.Warm)
                            : null,
                    },
                    cut
                )
                .ConfigureAwait(false),
            secrets
        );
        var duration = (long)ports.Time.GetElapsedTime(started).TotalMilliseconds;
        DriverInstruments.ModelCall(model, result, duration);
        return One(
            result.Answer is { } answer
                ? (await RepliedAsync(request, model, answer, duration).ConfigureAwait(false)) with
                {
                    Replica = result.Replica,
                }
                : Failed(request, result.Failure!) with
                {
                    Replica = result.Replica,
                }
        );
    }

    private async ValueTask<LoopEvent> DrawAsync(DrawAllotment effect, LoopState state, CancellationToken cut)
    {
        var answer = await ports.Accounts.DrawAsync(state.Created.Tenant, effect.Draw, cut).ConfigureAwait(false);
        return answer.Granted is { } granted
            ? new AllotmentDrawn(granted.Lease, granted.Granted, granted.Day)
            : new AllotmentRefused(effect.Draw.Lease, answer.Refusal!, answer.IsHeld);
    }

    private async ValueTask<ModelReplied> RepliedAsync(ModelRequested request, ModelBinding model, ModelAnswer answer, long durationMs)
    {
        var extra = await ReplyExtras
            .KeepAsync(ports.Blobs, model.Dialect?.Extras ?? true ? answer.Extra : null, CancellationToken.None)
            .ConfigureAwait(false);
        var settled = Settlement.OfReply(request, model, answer.Usage, answer.Text.Length > 0 || answer.Tools.Count > 0);
        return new ModelReplied
        {
            Text = answer.Text,
            Tools = answer.Tools,
            Finish = answer.Finish,
            Usage = settled.Usage,
            Told = settled.Assumed ? answer.Usage : null,
            Assumed = settled.Assumed,
            Cost = settled.Cost,
            DurationMs = durationMs,
            Skipped = answer.Skipped,
            Extra = extra?.Blob,
            ExtraJson = extra?.Json,
        };
    }

    private static ModelFailed Failed(ModelRequested request, ModelFailure failure)
    {
        var settled = Settlement.OfFailure(request, failure.Served);
        return new ModelFailed
        {
            Kind = failure.Kind,
            Message = failure.Message,
            Usage = settled.Usage,
            Cost = settled.Cost,
            Assumed = settled.Assumed,
            RetryAfterMs = failure.RetryAfter is { } wait ? (long)wait.TotalMilliseconds : null,
            Rejected = failure.Rejected,
        };
    }

    private async Task<IReadOnlyList<LoopEvent>> PrepareAsync(PrepareBase effect, LoopState state, CancellationToken cut)
    {
        if (state.Spec.Prepare is not null)
        {
            // The base is checked out of the loop's repository, which another host may have made.
            await WorkspaceAsync(state, cut).ConfigureAwait(false);
        }

        return One(await ports.Preparer.PrepareAsync(state, effect.Start, cut).ConfigureAwait(false));
    }

    private async Task<IReadOnlyList<LoopEvent>> ProveAsync(LoopState state, CancellationToken cut)
    {
        await WorkspaceAsync(state, cut).ConfigureAwait(false);
        await DropWorkspaceAsync().ConfigureAwait(false);
        var tree = GatedTree.Of(state) ?? state.Workspace.Tree;
        var restored = new List<string>();
        if (tree != state.Workspace.Tree)
        {
            // The gates may have run on another host: the tree follows from base, change and guard, so it is made here too.
            var gated = await ports
                .Workspaces.BuildGateTreeAsync(state.Id, state.Base.Tree, state.Workspace.Tree, GateGuard.Of(state), cut)
                .ConfigureAwait(false);
            if (gated.Tree != tree)
            {
                throw new LoopClusterException("internal-error", $"the gates passed on tree {tree}, and it comes out as {gated.Tree}");
            }

            restored.AddRange(gated.Restored.Take(MostNamed));
        }

        var patch = await ports.Proofs.PatchAsync(state, tree, cut).ConfigureAwait(false);
        var delivery = new Delivery
        {
            Steps = state.Workspace.Commit,
            BaseTree = state.Base.Tree,
            Tree = tree,
            Message = (files, lines) => DeliveryMessage.Write(state, ExitStatement.HashOf(Predicate(files, lines))),
            At = state.UpdatedAt,
            KeepSteps = state.Spec.Deliver?.Steps == true,
        };
        // The commit names the predicate by its hash and the proof names the commit, so the proof comes last.
        var made = await ports.Workspaces.DeliverAsync(state.Id, state.Spec.Workspace, delivery, cut).ConfigureAwait(false);
        var statement = ExitStatement.Proof(Predicate(made.Files, made.Lines), made.Commit);
        var proof = await ports.Proofs.WriteAsync(state, statement, patch, cut).ConfigureAwait(false);
        return One(
            new LoopVerified
            {
                Commit = state.Workspace.Commit,
                Tree = state.Workspace.Tree,
                Proof = proof,
                Branch = made.Branch,
                Delivered = new DeliveredChange
                {
                    Commit = made.Commit,
                    Tree = tree,
                    Pack = made.Pack,
                    Files = made.Files,
                    Lines = made.Lines,
                    Restored = restored,
                    Steps = made.StepsBranch,
                },
            }
        );

        ExitPredicate Predicate(int files, int lines) =>
            ExitPredicates.OfVerified(
                state,
                new ProofChange
                {
                    Tree = tree,
                    Steps = state.Workspace.Commit,
                    Files = files,
                    Lines = lines,
                    Restored = restored.Count > 0 ? restored : null,
                    Patch = ProofWriter.Describe(ProofWriter.PatchName, patch),
                },
                ports.Proofs.KeyId
            );
    }

    /// <summary>
    /// The working directory at the ledger's commit, and the prepared layer beside it. Also makes the loop's repository whole on a host
    /// that lacks it.
    /// </summary>
    private async ValueTask<IWorkspace> WorkspaceAsync(LoopState state, CancellationToken cancellationToken)
    {
        if (_workspace is null)
        {
            _workspace = await ports
                .Workspaces.OpenAsync(state.Id, state.Workspace.Commit, state.Workspace.Packs, cancellationToken)
                .ConfigureAwait(false);
            if (state.Prepared?.Layer is { } layer)
            {
                await ports.Preparer.EnsureAsync(layer, cancellationToken).ConfigureAwait(false);
            }
        }

        return _workspace;
    }

    /// <summary>
    /// Containers first: a prepared one holds the directory mounted, and would go on with one that is no longer the workspace.
    /// </summary>
    private async ValueTask DropWorkspaceAsync()
    {
        _isPlaced = false;
        await ReleaseAsync().ConfigureAwait(false);
        await DropJudgedAsync().ConfigureAwait(false);
        if (_workspace is { } workspace)
        {
            _workspace = null;
            await workspace.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Before anything that looks at the workspace: a command may have done anything to its copy of the prepared layer.</summary>
    private async ValueTask PlaceLayerAsync(LoopState state, IWorkspace workspace, CancellationToken cancellationToken)
    {
        if (!_isPlaced && state.Prepared?.Layer is { } layer)
        {
            await workspace.PlaceAsync(ports.Preparer.FilesOf(layer), cancellationToken).ConfigureAwait(false);
            _isPlaced = true;
        }
    }

    private ValueTask RequireTenureAsync(LoopState state, CancellationToken cancellationToken) =>
        tenure?.RequireAsync(state.Epoch, cancellationToken) ?? ValueTask.CompletedTask;

    private SecretRedactor SecretsOf(LoopState state) => _secrets.Of(state.Created.Models.Values);

    private static IReadOnlyList<LoopEvent> One(LoopEvent loopEvent) => [loopEvent];
}
