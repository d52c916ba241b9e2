using System.Diagnostics;
using Xunit;

namespace LoopCluster.TestKit.Disks;

/// <summary>A small file system of its own, which can be filled to the last byte. Mounting takes root.</summary>
public sealed class FullDisk : IDisposable
{
    private readonly string _directory;

    private FullDisk(string directory) => _directory = directory;

    private string Filler => Path.Combine(_directory, "filler");

    public static FullDisk MountOrSkip(string directory)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can mount a small file system");
        Directory.CreateDirectory(directory);
        var mounted = Run("mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "loop-faults", directory);
        Skip.IfNot(mounted.Length == 0, $"no file system can be mounted here: {mounted}");
        return new FullDisk(directory);
    }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 16];
        for (var size = block.Length; size > 0;)
        {
            try
            {
                file.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    public void Free() => File.Delete(Filler);

    public void Dispose() => Run("umount", "--lazy", _directory);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : error;
    }
}
