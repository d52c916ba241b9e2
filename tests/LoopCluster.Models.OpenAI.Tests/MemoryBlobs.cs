using System.Security.Cryptography;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Tests;

internal sealed class MemoryBlobs : IBlobStore
{
    private readonly Dictionary<string, byte[]> _blobs = [];

    public int Opened { get; private set; }

    public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        _blobs[hash] = content.ToArray();
        return ValueTask.FromResult(new BlobRef(hash, content.Length));
    }

    public async ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await content.CopyToAsync(bytes, cancellationToken);
        return await PutAsync(bytes.ToArray(), cancellationToken);
    }

    public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken)
    {
        Opened++;
        return ValueTask.FromResult<Stream?>(_blobs.TryGetValue(hash, out var content) ? new MemoryStream(content) : null);
    }
}
