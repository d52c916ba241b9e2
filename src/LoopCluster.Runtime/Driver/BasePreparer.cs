using System.Globalization;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Runs the prepare command once on the base tree. The new files it leaves become a layer of which every call and gate gets a copy of its own. It is found again by all
/// that made it what it is: image, command, base tree, what could be reached, limits, and the tenant, since one's prepare command must not make what another one runs.
/// The layer's content is a blob, so another host can lay it out too.
/// </summary>
public sealed class BasePreparer(IWorkspaces workspaces, ISandbox sandbox, IBlobStore blobs, SecretRedactor redactor, IPreparedLayers layers)
{
    /// <summary>The files of a layer that <see cref="PrepareAsync"/> returned, or that <see cref="EnsureAsync"/> laid out.</summary>
    public LayerFiles FilesOf(PreparedLayer layer) => layers.FilesOf(layer);

    /// <summary>Lays a layer out here, if this host does not have it yet.</summary>
    public ValueTask EnsureAsync(PreparedLayer layer, CancellationToken cancellationToken) => layers.EnsureAsync(layer, cancellationToken);

    /// <summary><see cref="BasePrepared"/>, or <see cref="PrepareFailed"/> with what to do.</summary>
    public async ValueTask<LoopEvent> PrepareAsync(LoopState state, CancellationToken cancellationToken)
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

        await using var room = await workspaces.CheckoutAsync(state.Id, state.Created.Base.Tree, cancellationToken).ConfigureAwait(false);
        var shape = new SandboxShape { ImageId = imageId, WorkspaceDirectory = room.Directory, Limits = state.Spec.Sandbox, Egress = prepare.Allow, Source = state.Spec.Source };
        var owner = new SandboxOwner(state.Id, state.Epoch, state.Created.Tenant);
        var timeout = Math.Min(prepare.Timeout.Value.TotalSeconds, state.Spec.Budget.SandboxSeconds);
        var result = await sandbox.RunAsync(owner, shape, new SandboxCall { Command = prepare.Run, Timeout = TimeSpan.FromSeconds(timeout) }, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var seconds = Math.Round(Math.Min(result.Duration.TotalSeconds, timeout), 3);
        if (result is not { Outcome: SandboxOutcome.Exited, ExitCode: 0 })
        {
            var output = await OutputStore.KeepAsync(blobs, new LoopSecrets(redactor).Of(state.Created.Models.Values).Redact(result.Output), result.OutputBytes, cancellationToken).ConfigureAwait(false);
            return new PrepareFailed($"prepare failed on the base ({Describe(result)}): `{prepare.Run}`. Its output: {output.Text ?? output.Tail}", output, seconds);
        }

        return await TakeAsync(key, imageId, room, seconds, cancellationToken).ConfigureAwait(false);
    }

    internal static string KeyOf(string imageId, LoopState state)
    {
        var (prepare, limits) = (state.Spec.Prepare!, state.Spec.Sandbox);
        string[] made =
        [
            "layer/2", state.Created.Tenant, imageId, prepare.Run, state.Created.Base.Tree, JsonSerializer.Serialize(prepare.Allow),
            Text($"{prepare.Timeout.Value.TotalMilliseconds} {limits.Memory} {limits.Cpus} {limits.Pids} {limits.Timeout.Value.TotalMilliseconds}"),
        ];
        return LedgerHash.Of(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(made))).ToString();
    }

    /// <summary>Off the driver's turn: what a prepare command leaves can take minutes to look through and to keep, and the token ends both.</summary>
    private async Task<LoopEvent> TakeAsync(string key, string imageId, ICheckout room, double seconds, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(layers.KeepWithin);
        try
        {
            return await Task.Run(
                async () =>
                {
                    if (room.ChangedPaths(10, limit.Token) is [_, ..] changed)
                    {
                        return new PrepareFailed(
                            $"prepare may only add files, but it changed {string.Join(", ", changed)}. Let it write to paths of its own, such as a virtual environment.", null, seconds);
                    }

                    var found = room.NewFiles(limit.Token);
                    if (found.Faults.Count > 0)
                    {
                        return new PrepareFailed(
                            $"prepare left what cannot be kept: {string.Join(", ", found.Faults)}. Only regular files, directories and links are kept; let the command remove the rest.", null, seconds);
                    }

                    var layer = found.Paths.Count == 0 ? null : await layers.KeepAsync(key, room.Directory, found.Paths, limit.Token).ConfigureAwait(false);
                    return (LoopEvent)new BasePrepared(imageId, layer, seconds);
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new PrepareFailed(Text($"what prepare left could not be kept within {layers.KeepWithin.TotalMinutes} minutes; let it leave less"), null, seconds);
        }
        catch (IOException e)
        {
            throw new InfrastructureException("workspace-unavailable", $"What prepare left could not be kept: {e.Message} Check the space in the data directory.", e);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Describe(SandboxResult result) => result.Outcome switch
    {
        SandboxOutcome.Exited => $"exit code {result.ExitCode}",
        SandboxOutcome.TimedOut => "it did not end in time",
        SandboxOutcome.OutOfMemory => "out of memory",
        _ => "cut off",
    };
}
