using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Ports;

/// <summary>Content-addressed bytes: outputs over 8 KiB, packs of commits, scripts, prepared layers, proofs.</summary>
public interface IBlobStore
{
    /// <summary>Stores the bytes under their SHA-256; durable when the task completes. Storing the same bytes again is success.</summary>
    ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>As <see cref="PutAsync(ReadOnlyMemory{byte}, CancellationToken)"/>, for content too long to hold.</summary>
    ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a blob for reading, or returns null when there is none. The reader checks the hash while it reads to the end and throws
    /// <c>blob-corrupt</c> when it is not the content's.
    /// </summary>
    ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken);
}
