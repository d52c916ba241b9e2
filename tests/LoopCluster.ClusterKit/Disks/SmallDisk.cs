using LoopCluster.ClusterKit.Processes;

namespace LoopCluster.ClusterKit.Disks;

/// <summary>A small file system of its own in memory, which can be filled to the last byte. Mounting takes root.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private readonly string _directory;

    private SmallDisk(string directory) => _directory = directory;

    private string Filler => Path.Combine(_directory, ".filler");

    public static async Task<SmallDisk> MountAsync(string directory, int megabytes)
    {
        Directory.CreateDirectory(directory);
        await Tool.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "loop-chaos", directory).ConfigureAwait(false);
        return new SmallDisk(directory);
    }

    /// <summary>Leaves no byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[1 << 16];
        for (var size = block.Length; size > 0; )
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

    public async ValueTask DisposeAsync() => await Tool.RunAsync("umount", "--lazy", _directory).ConfigureAwait(false);
}
