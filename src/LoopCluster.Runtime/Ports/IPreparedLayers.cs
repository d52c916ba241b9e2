using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Ports;

/// <summary>
/// Prepared layers: what a prepare command left on a base tree, kept under its key. The blob store is where a layer is; what lies on this
/// host is a cache.
/// </summary>
public interface IPreparedLayers
{
    /// <summary>How long keeping one may take, from the end of the command to the layer being in the blob store.</summary>
    TimeSpan KeepWithin { get; }

    /// <summary>
    /// The files of a layer that lies here: <see cref="FindAsync"/>, <see cref="KeepAsync"/> or <see cref="EnsureAsync"/> was called for
    /// it.
    /// </summary>
    LayerFiles FilesOf(PreparedLayer layer);

    /// <summary>The layer that was made on this host under the key, laid out, or null.</summary>
    ValueTask<PreparedLayer?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Keeps the paths below <paramref name="directory"/> as the key's layer: in the blob store first, then laid out here.
    /// </summary>
    ValueTask<PreparedLayer> KeepAsync(string key, string directory, IReadOnlyList<string> paths, CancellationToken cancellationToken);

    /// <summary>Lays a layer out here, if this host does not have it yet.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>workspace-unavailable</c>: it is not in the blob store.</exception>
    ValueTask EnsureAsync(PreparedLayer layer, CancellationToken cancellationToken);
}
