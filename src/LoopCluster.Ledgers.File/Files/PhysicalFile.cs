using LoopCluster.Runtime.Linux;
using Microsoft.Win32.SafeHandles;
using IOFile = System.IO.File;

namespace LoopCluster.Ledgers.File.Files;

internal sealed class PhysicalFile(SafeFileHandle handle, string path) : IOpenFile
{
    public long Length => RandomAccess.GetLength(handle);

    public FileStamp Stamp => new(IOFile.GetLastWriteTimeUtc(handle).Ticks, Length);

    public int Read(Span<byte> destination, long offset)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = RandomAccess.Read(handle, destination[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        return total;
    }

    public void Write(ReadOnlySpan<byte> data, long offset) => RandomAccess.Write(handle, data, offset);

    public void Truncate(long length) => RandomAccess.SetLength(handle, length);

    public void Sync() => DiskSync.OfData(handle, path);

    public FileStamp Mark()
    {
        // The precise clock: the kernel's own stamps are of a coarser one, so that none of them is this time. Where it cannot be set, the
        // kernel's own must do.
        DiskSync.SetModified(handle, Math.Max(DateTime.UtcNow.Ticks, IOFile.GetLastWriteTimeUtc(handle).Ticks + 1));
        return Stamp;
    }

    public void DropCache() => DiskSync.DropCache(handle);

    public void Dispose() => handle.Dispose();
}
