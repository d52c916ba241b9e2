namespace LoopCluster.Workspaces.Files;

/// <summary>The open directories from a root to a place below it. The root itself is the caller's.</summary>
internal sealed class FolderChain(Folder root) : IDisposable
{
    private readonly Stack<Folder> _opened = new();

    public Folder Last => _opened.TryPeek(out var last) ? last : root;

    public void Push(Folder folder) => _opened.Push(folder);

    public void Dispose()
    {
        while (_opened.TryPop(out var folder))
        {
            folder.Dispose();
        }
    }
}
