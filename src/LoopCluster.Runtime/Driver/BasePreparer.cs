using System.Globalization;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Runs the prepare command once on the base tree. The new files it leaves become a layer of which every call and gate gets a copy of its
/// own. It is found again by all that made it what it is: image, command, base tree, what could be reached, limits, and the tenant, since
/// one's prepare command must not make what another one runs. The layer's content is a blob, so another host can lay it out too.
/// </summary>
public sealed class BasePreparer(
    IWorkspaces workspaces,
    ISandbox sandbox,
    IBlobStore blobs,
    SecretRedactor redactor,
    IPreparedLayers layers
)
{
    /// <summary>The files of a layer that <see cref="PrepareAsync"/> returned, or that <see cref="EnsureAsync"/> laid out.</summary>
    public LayerFiles FilesOf(PreparedLayer layer) => layers.FilesOf(layer);

    /// <summary>Lays a layer out here, if this host does not have it yet.</summary>
    public ValueTask EnsureAsync(PreparedLayer layer, CancellationToken cancellationToken) => layers.EnsureAsync(layer, cancellationToken);

    /// <summary><see cref="BasePrepared"/>, or <see cref="PrepareFailed"/> with what to do.</summary>
    public async ValueTask<LoopEvent> PrepareAsync(LoopState state, PrepareStarted start, CancellationToken cancellationToken)
    {
        var imageId = await sandbox.ResolveImageAsync(state.Spec.Image, cancellationToken).ConfigureAwait(false);
        if (state.Spec.Prepare is not { } prepare)
        {
            return new BasePrepared(imageId, null);
        }

        var key = KeyOf(imageId, state);
        if (await layers.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return new BasePrepared(imageId, known);
        }

        await using var room = await workspaces.CheckoutAsync(state.Id, state.Base.Tree, cancellationToken).ConfigureAwait(false);
        var shape = new SandboxShape
        {
            ImageId = imageId,
            WorkspaceDirectory = room.Directory,
            Limits = state.Spec.Sandbox,
            Egress = prepare.Allow,
            Source = state.Spec.Source,
        };
        var owner = new SandboxOwner(state.Id, state.Epoch, state.Created.Tenant);
        var call = new SandboxCall { Command = prepare.Run, Timeout = TimeSpan.FromSeconds(start.ReservedSeconds) };
        var result = await sandbox.RunAsync(owner, shape, call, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var run = new PrepareRun(result.End, result.ExitCode, Math.Round(Math.Min(result.Duration.TotalSeconds, start.ReservedSeconds), 3));
        if (PrepareRules.Judge(prepare, run) is not null)
        {
            var output = new LoopSecrets(redactor).Of(state.Created.Models.Values).Redact(result.Output);
            run = run with
            {
                Output = await OutputStore.KeepAsync(blobs, output, result.OutputBytes, cancellationToken).ConfigureAwait(false),
            };
            return PrepareRules.Judge(prepare, run)!;
        }

        return await TakeAsync(key, imageId, prepare, run, room, cancellationToken).ConfigureAwait(false);
    }

    internal static string KeyOf(string imageId, LoopState state)
    {
        var (prepare, limits) = (state.Spec.Prepare!, state.Spec.Sandbox);
        string[] made =
        [
            "layer/2",
            state.Created.Tenant,
            imageId,
            prepare.Run,
            state.Base.Tree,
            JsonSerializer.Serialize(prepare.Allow),
            Text(
                $"{prepare.Timeout.Value.TotalMilliseconds} {limits.Memory} {limits.Cpus} {limits.Pids} {limits.Timeout.Value.TotalMilliseconds}"
            ),
        ];
        return LedgerHash.Of(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(made))).ToString();
    }

    /// <summary>
    /// Off the driver's turn: what a prepare command leaves can take minutes to look through and to keep, and the token ends both.
    /// </summary>
    private async Task<LoopEvent> TakeAsync(
        string key,
        string imageId,
        PrepareSpec prepare,
        PrepareRun run,
        ICheckout room,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(layers.KeepWithin);
        try
        {
            return await Task.Run(
                    async () =>
                    {
                        run = run with { Changed = room.ChangedPaths(10, limit.Token) };
                        if (PrepareRules.Judge(prepare, run) is { } changed)
                        {
                            return changed;
                        }

                        var found = room.NewFiles(limit.Token);
                        run = run with { Faults = found.Faults };
                        if (PrepareRules.Judge(prepare, run) is { } odd)
                        {
                            return odd;
                        }

                        var layer =
                            found.Paths.Count == 0
                                ? null
                                : await layers.KeepAsync(key, room.Directory, found.Paths, limit.Token).ConfigureAwait(false);
                        return (LoopEvent)new BasePrepared(imageId, layer, run.SandboxSeconds);
                    },
                    CancellationToken.None
                )
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PrepareRules.Judge(
                prepare,
                run with
                {
                    Faults = [Text($"more than can be looked through within {layers.KeepWithin.TotalMinutes} minutes")],
                }
            )!;
        }
        catch (IOException e)
        {
            throw new InfrastructureException(
                "workspace-unavailable",
                $"What prepare left could not be kept: {e.Message} Check the space in the data directory.",
                e
            );
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
