namespace LoopCluster.Ledgers.File.Files;

/// <summary>
/// Every touch of the disk goes through here, so that a test can put a disk below it that loses what was not synced. Faults are
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>. A change of a directory (create, rename, delete) is durable
/// only after <see cref="SyncDirectory"/>, the bytes of a file only after <see cref="IOpenFile.Sync"/>.
/// </summary>
internal interface IFileLayer
{
    /// <summary>Creates the directory with mode 0700 unless it is there. Its parent must exist.</summary>
    void CreateDirectory(string path);

    /// <summary>Names (not paths) of the files in a directory, unsorted; none when there is no such directory.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Opens for reading without any lock, or returns null when there is no such file.</summary>
    IOpenFile? OpenRead(string path);

    /// <summary>The file's stamp, without opening it; null when there is no such file.</summary>
    FileStamp? Stamp(string path);

    /// <summary>
    /// Opens for reading and writing, mode 0600; <paramref name="create"/> makes a new, empty file and fails when one is there.
    /// </summary>
    IOpenFile OpenWrite(string path, bool create);

    /// <summary>Renames, replacing the target; durable when the target's directory is synced.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes the file if it is there.</summary>
    void Delete(string path);

    void SyncDirectory(string path);
}

/// <summary>An open file. Not for concurrent writes; reads may run beside a write.</summary>
internal interface IOpenFile : IDisposable
{
    long Length { get; }

    FileStamp Stamp { get; }

    /// <summary>Reads up to the span's length; fewer bytes only at the end of the file.</summary>
    int Read(Span<byte> destination, long offset);

    void Write(ReadOnlySpan<byte> data, long offset);

    void Truncate(long length);

    /// <summary>Makes the file's bytes and length durable (<c>fdatasync</c>).</summary>
    void Sync();

    /// <summary>
    /// Sets a modification time that a later write by anybody else does not leave as it is, however soon it comes, and returns the stamp.
    /// The clock that the kernel stamps files with may stand still for some milliseconds. Not durable by itself.
    /// </summary>
    FileStamp Mark();

    /// <summary>Drops clean cached pages, so that the next read asks the disk. A hint.</summary>
    void DropCache();
}
