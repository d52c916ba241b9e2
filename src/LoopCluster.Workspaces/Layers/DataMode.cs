namespace LoopCluster.Workspaces.Layers;

internal static class DataMode
{
    /// <summary>Of directories that are the server's alone.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
}
