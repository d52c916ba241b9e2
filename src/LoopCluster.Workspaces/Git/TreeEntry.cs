namespace LoopCluster.Workspaces.Git;

/// <summary>A leaf of a tree: mode as git writes it (octal 100644, 100755, 120000, 160000; old trees also 100664).</summary>
internal readonly record struct TreeEntry(int Mode, ObjectId Id)
{
    public const int File = 0x81A4; // 100644
    public const int Executable = 0x81ED; // 100755
    public const int Link = 0xA000; // 120000
    public const int Submodule = 0xE000; // 160000
    public const int Folder = 0x4000; // 040000

    public bool IsFile => (Mode & 0xF000) == 0x8000;

    public bool IsLink => Mode == Link;

    public bool IsSubmodule => Mode == Submodule;

    public bool IsExecutable => IsFile && (Mode & 0x40) != 0;
}
