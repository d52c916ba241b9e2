using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Linux;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;

namespace LoopCluster.Workspaces.Layers;

/// <summary>
/// Prepared layers on this host: <c>prepared/KEY/layer.json</c> names the layer that was made here, <c>prepared/KEY/HASH/</c> is one laid
/// out. A directory appears with a rename once it is whole; no sandbox ever sees it, calls get copies. The blob store is where layers are,
/// this is a cache.
/// </summary>
internal sealed class LayerDirectory(IBlobStore blobs, string root) : IPreparedLayers
{
    /// <summary>What is begun and not finished after this was left by a process that was killed.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    public TimeSpan KeepWithin { get; } = new LayerLimits().Time;

    public LayerFiles FilesOf(PreparedLayer layer) => new(PathOf(layer), layer.Paths);

    public async ValueTask<PreparedLayer?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var file = Path.Combine(root, key, "layer.json");
        if (!File.Exists(file))
        {
            return null;
        }

        var layer = JsonSerializer.Deserialize<PreparedLayer>(await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false))!;
        await EnsureAsync(layer, cancellationToken).ConfigureAwait(false);
        return layer;
    }

    /// <summary>Packs the paths below <paramref name="directory"/> into a blob and lays them out.</summary>
    public async ValueTask<PreparedLayer> KeepAsync(
        string key,
        string directory,
        IReadOnlyList<string> paths,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(Path.Combine(root, key), DataMode.Private);
        RemoveAbandoned();
        // Unlinked when it is closed, also by the end of this process.
        await using var file = new FileStream(
            Path.Combine(root, $".{Guid.NewGuid():n}"),
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            128 * 1024,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous
        );
        await LayerPack.WriteAsync(file, directory, paths, cancellationToken).ConfigureAwait(false);
        file.Position = 0;
        var layer = new PreparedLayer(key, await blobs.PutAsync(file, cancellationToken).ConfigureAwait(false), paths);
        await EnsureAsync(layer, cancellationToken).ConfigureAwait(false);
        var beside = Path.Combine(root, key, $".{Guid.NewGuid():n}");
        await File.WriteAllBytesAsync(beside, JsonSerializer.SerializeToUtf8Bytes(layer), cancellationToken).ConfigureAwait(false);
        File.Move(beside, Path.Combine(root, key, "layer.json"), overwrite: true);
        return layer;
    }

    public async ValueTask EnsureAsync(PreparedLayer layer, CancellationToken cancellationToken)
    {
        var place = PathOf(layer);
        if (Directory.Exists(place))
        {
            return;
        }

        await using var content = await blobs.OpenAsync(layer.Content.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException(
                "workspace-unavailable",
                $"the prepared layer {layer.Content.Hash} is not in the blob store"
            );
        Directory.CreateDirectory(Path.GetDirectoryName(place)!, DataMode.Private);
        RemoveAbandoned();
        var name = $".{Guid.NewGuid():n}";
        var temporary = Path.Combine(root, name);
        Directory.CreateDirectory(temporary, DataMode.Private);
        try
        {
            await LayerPack.ReadAsync(content, temporary, cancellationToken).ConfigureAwait(false);
            Directory.Move(temporary, place);
        }
        catch (Exception e)
        {
            using (var folder = Folder.OpenHost(root))
            {
                FolderRemoval.Remove(folder, name, CancellationToken.None);
            }

            // Another loop laid the same layer out in the meantime.
            if (e is not IOException || !Directory.Exists(place))
            {
                throw;
            }
        }
    }

    private string PathOf(PreparedLayer layer) => Path.Combine(root, layer.Key, layer.Content.Hash);

    private void RemoveAbandoned()
    {
        using var folder = Folder.OpenHost(root);
        foreach (var name in folder.ReadNames().Where(n => n.StartsWith('.')).ToList())
        {
            if (folder.TryStat(name, out var stat) == 0 && (LinuxFiles.CoarseNow() - stat.Changed) / 100 > Abandoned.Ticks)
            {
                FolderRemoval.Remove(folder, name, CancellationToken.None);
            }
        }
    }
}
