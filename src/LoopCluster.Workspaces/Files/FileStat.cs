using LoopCluster.Runtime.Linux;

namespace LoopCluster.Workspaces.Files;

internal enum FileKind
{
    Regular,
    Directory,
    Link,

    /// <summary>Device, pipe or socket.</summary>
    Other,
}

/// <summary>What the kernel says about a name, links not followed. Times are nanoseconds since 1970.</summary>
internal readonly record struct FileStat(
    FileKind Kind,
    uint Permissions,
    uint Links,
    uint User,
    uint Group,
    ulong Inode,
    ulong Device,
    long Size,
    long Modified,
    long Changed
)
{
    /// <summary>Less than the size where the file has holes.</summary>
    public long BytesOnDisk { get; init; }

    public bool IsExecutable => (Permissions & 0x40) != 0;

    /// <summary>
    /// True when both describe the same bytes: a write moves the change time, which no unprivileged process can set.
    /// Holds for stats taken after the clock had moved past <see cref="Changed"/>.
    /// </summary>
    public bool SameContent(in FileStat other) =>
        Inode == other.Inode
        && Changed == other.Changed
        && Modified == other.Modified
        && Size == other.Size
        && Device == other.Device
        && Kind == other.Kind;

    public static FileStat From(in StatxBuffer buffer) =>
        new(
            (buffer.Mode & 0xF000) switch
            {
                0x8000 => FileKind.Regular,
                0x4000 => FileKind.Directory,
                0xA000 => FileKind.Link,
                _ => FileKind.Other,
            },
            (uint)buffer.Mode & 0xFFF,
            buffer.Links,
            buffer.User,
            buffer.Group,
            buffer.Inode,
            ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
            (long)buffer.Size,
            buffer.ModifySeconds * 1_000_000_000 + buffer.ModifyNanoseconds,
            buffer.ChangeSeconds * 1_000_000_000 + buffer.ChangeNanoseconds
        )
        {
            BytesOnDisk = (long)buffer.Blocks * 512,
        };
}
