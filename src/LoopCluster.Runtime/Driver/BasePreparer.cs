using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Workspaces;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Runs the prepare command once on the base tree. The new files it leaves become a layer, keyed by image, command and base tree, that is
/// mounted read-only under every call and gate. The layer's content is a blob, so another host can lay it out too.
/// </summary>
public sealed class BasePreparer(IWorkspaces workspaces, ISandbox sandbox, IBlobStore blobs, SecretRedactor redactor, string directory)
{
    /// <summary>Each path is a mount of its own: a tree that needs more is laid out badly.</summary>
    private const int MostPaths = 64;

    private readonly LayerDirectory _layers = new(blobs, Path.Combine(directory, "prepared"));

    /// <summary>Host directory of a layer that <see cref="PrepareAsync"/> returned, or that <see cref="EnsureAsync"/> laid out.</summary>
    public string DirectoryOf(PreparedLayer layer) => _layers.PathOf(layer);

    /// <summary>Lays a layer out here, if this host does not have it yet.</summary>
    public ValueTask EnsureAsync(PreparedLayer layer, CancellationToken cancellationToken) => _layers.EnsureAsync(layer, cancellationToken);

    /// <summary><see cref="BasePrepared"/>, or <see cref="PrepareFailed"/> with what to do.</summary>
    public async ValueTask<LoopEvent> PrepareAsync(LoopState state, CancellationToken cancellationToken)
    {
        var imageId = await sandbox.ResolveImageAsync(state.Spec.Image, cancellationToken).ConfigureAwait(false);
        if (state.Spec.Prepare is not { } prepare)
        {
            return new BasePrepared(imageId, null);
        }

        var key = LedgerHash.Of(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new[] { imageId, prepare.Run, state.Created.Base.Tree }))).ToString();
        if (await _layers.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return new BasePrepared(imageId, known);
        }

        await using var room = await workspaces.CheckoutAsync(state.Id, state.Created.Base.Tree, cancellationToken).ConfigureAwait(false);
        var shape = new SandboxShape { ImageId = imageId, WorkspaceDirectory = room.Directory, Limits = state.Spec.Sandbox, Egress = prepare.Allow };
        var owner = new SandboxOwner(state.Id, state.Epoch, state.Created.Tenant);
        var timeout = Math.Min(prepare.Timeout.Value.TotalSeconds, state.Spec.Budget.SandboxSeconds);
        var result = await sandbox.RunAsync(owner, shape, new SandboxCall { Command = prepare.Run, Timeout = TimeSpan.FromSeconds(timeout) }, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        var seconds = Math.Round(Math.Min(result.Duration.TotalSeconds, timeout), 3);
        if (result is not { Outcome: SandboxOutcome.Exited, ExitCode: 0 })
        {
            var output = await OutputStore.KeepAsync(blobs, redactor.Redact(result.Output), result.OutputBytes, cancellationToken).ConfigureAwait(false);
            return new PrepareFailed($"prepare failed on the base ({Describe(result)}): `{prepare.Run}`. Its output: {output.Text ?? output.Tail}", output, seconds);
        }

        return room.ChangedPaths(10) is [_, ..] changed
            ? new PrepareFailed($"prepare may only add files, but it changed {string.Join(", ", changed)}. Let it write to paths of its own, such as a virtual environment.", null, seconds)
            : await KeepAsync(key, imageId, room, seconds, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<LoopEvent> KeepAsync(string key, string imageId, ICheckout room, double seconds, CancellationToken cancellationToken)
    {
        var paths = room.NewPaths(MostPaths + 1);
        if (paths.Count > MostPaths)
        {
            return new PrepareFailed($"prepare left more than {MostPaths} new paths; let it write below a few directories", null, seconds);
        }

        var layer = paths.Count == 0 ? null : await _layers.KeepAsync(key, room.Directory, paths, cancellationToken).ConfigureAwait(false);
        return new BasePrepared(imageId, layer, seconds);
    }

    private static string Describe(SandboxResult result) => result.Outcome switch
    {
        SandboxOutcome.Exited => $"exit code {result.ExitCode}",
        SandboxOutcome.TimedOut => "it did not end in time",
        SandboxOutcome.OutOfMemory => "out of memory",
        _ => "cut off",
    };
}
