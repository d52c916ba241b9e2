using LoopCluster.Runtime.Linux;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Files;

/// <summary>The real disk.</summary>
internal sealed class PhysicalFileLayer : IFileLayer
{
    private const UnixFileMode PrivateDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static readonly PhysicalFileLayer Instance = new();

    public void CreateDirectory(string path) => Directory.CreateDirectory(path, PrivateDirectory);

    public IReadOnlyList<string> List(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f))] : [];

    public IOpenFile? OpenRead(string path)
    {
        try
        {
            return new PhysicalFile(IOFile.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public FileStamp? Stamp(string path) =>
        new FileInfo(path) is { Exists: true } file ? new FileStamp(file.LastWriteTimeUtc.Ticks, file.Length) : null;

    public IOpenFile OpenWrite(string path, bool create)
    {
        var handle = IOFile.OpenHandle(
            path,
            create ? FileMode.CreateNew : FileMode.Open,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        if (create)
        {
            IOFile.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return new PhysicalFile(handle, path);
    }

    public void Rename(string from, string to) => IOFile.Move(from, to, overwrite: true);

    public void Delete(string path) => IOFile.Delete(path);

    public void SyncDirectory(string path) => DiskSync.OfDirectory(path);
}
