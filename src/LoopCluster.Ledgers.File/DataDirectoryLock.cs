using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Linux;
using Microsoft.Win32.SafeHandles;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File;

/// <summary>
/// Proof that this process alone drives a data directory: an exclusive lock on <c>lock</c> in it, which the kernel drops when the process
/// ends, however it ends. Readers don't need it.
/// </summary>
public sealed class DataDirectoryLock : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly SafeFileHandle _handle;

    private DataDirectoryLock(string path, SafeFileHandle handle) => (Path, _handle) = (path, handle);

    /// <summary>Full path of the data directory.</summary>
    public string Path { get; }

    /// <summary>Creates the directory (mode 0700) if need be and locks it.</summary>
    /// <exception cref="BadInputException"><c>data-directory-in-use</c>: another process holds it, named by its pid;
    /// <c>data-directory-unusable</c>: it cannot be created or written.</exception>
    /// <exception cref="InfrastructureException"><c>disk-full</c>.</exception>
    public static DataDirectoryLock Acquire(string directory)
    {
        var path = System.IO.Path.GetFullPath(directory);
        var file = System.IO.Path.Combine(path, "lock");
        var holder = System.IO.Path.Combine(path, "lock.pid");
        SafeFileHandle? handle = null;
        try
        {
            CreatePrivate(path);
            handle = IOFile.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

            // Beside the locked file, because .NET refuses to open a file somebody holds.
            IOFile.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataDirectoryLock(path, handle);
        }
        catch (IOException held) when (handle is null && !DiskFaults.IsOfDisk(held) && IOFile.Exists(file))
        {
            var pid = IOFile.Exists(holder) ? IOFile.ReadAllText(holder) : "unknown";
            throw new BadInputException(
                "data-directory-in-use",
                "",
                $"'{path}' is in use by process {pid}. Wait for it, talk to it, or give another directory with --data."
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            throw DiskFaults.Unusable(path, e);
        }
    }

    public void Dispose() => _handle.Dispose();

    private static void CreatePrivate(string path)
    {
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, Private);
            DiskSync.OfDirectory(System.IO.Path.GetDirectoryName(path) ?? path);
        }
    }
}
