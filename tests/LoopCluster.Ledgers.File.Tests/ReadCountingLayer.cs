using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>The real disk, counting what is opened to be read.</summary>
internal sealed class ReadCountingLayer : IFileLayer
{
    private readonly PhysicalFileLayer _inner = PhysicalFileLayer.Instance;

    public int Opened { get; private set; }

    public void CreateDirectory(string path) => _inner.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => _inner.List(directory);

    public IOpenFile? OpenRead(string path)
    {
        Opened++;
        return _inner.OpenRead(path);
    }

    public FileStamp? Stamp(string path) => _inner.Stamp(path);

    public IOpenFile OpenWrite(string path, bool create) => _inner.OpenWrite(path, create);

    public void Rename(string from, string to) => _inner.Rename(from, to);

    public void Delete(string path) => _inner.Delete(path);

    public void SyncDirectory(string path) => _inner.SyncDirectory(path);
}
