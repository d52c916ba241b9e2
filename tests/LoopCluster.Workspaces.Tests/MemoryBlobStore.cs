using System.Collections.Concurrent;
using System.Security.Cryptography;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Workspaces.Tests;

internal sealed class MemoryBlobStore : IBlobStore
{
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = new();

    public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        Blobs[hash] = content.ToArray();
        return ValueTask.FromResult(new BlobRef(hash, content.Length));
    }

    public async ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        using var memory = new MemoryStream();
        await content.CopyToAsync(memory, cancellationToken);
        return await PutAsync(memory.ToArray(), cancellationToken);
    }

    public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Stream?>(Blobs.TryGetValue(hash, out var content) ? new MemoryStream(content) : null);
}
