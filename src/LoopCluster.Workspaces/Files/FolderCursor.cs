using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Files;

/// <summary>Opens directories below a root, making missing ones; keeps the chain of the last one open, since paths come sorted.</summary>
internal sealed class FolderCursor(Folder root, uint mode, SandboxUser owner) : IDisposable
{
    private readonly Stack<(RawPath Path, Folder Folder)> _open = new();

    public Folder Open(RawPath path)
    {
        while (_open.TryPeek(out var top) && top.Path != path && !path.IsBelow(top.Path))
        {
            _open.Pop().Folder.Dispose();
        }

        var (at, folder) = _open.TryPeek(out var last) ? last : (RawPath.Root, root);
        while (at != path)
        {
            var start = at.IsRoot ? 0 : at.Bytes.Length + 1;
            var end = path.Bytes.IndexOf('/', start);
            var next = new RawPath(end < 0 ? path.Bytes : path.Bytes[..end]);
            folder = folder.MakeFolder(next.Name, mode, owner);
            _open.Push((next, folder));
            at = next;
        }

        return folder;
    }

    public void Dispose()
    {
        while (_open.TryPop(out var top))
        {
            top.Folder.Dispose();
        }
    }
}
