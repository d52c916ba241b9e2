namespace LoopCluster.Ledgers.Redis.Blobs;

/// <summary>
/// Gathers content of unknown length: in memory up to a limit, then in a temporary file that the system removes with the process.
/// </summary>
internal sealed class BlobSpool(int inMemory) : IAsyncDisposable
{
    private readonly MemoryStream _memory = new();
    private FileStream? _file;

    public long Length => _file?.Length ?? _memory.Length;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (_file is null && _memory.Length + content.Length > inMemory)
        {
            _file = new FileStream(
                Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.ReadWrite,
                    Options = FileOptions.DeleteOnClose,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            );
            _memory.Position = 0;
            await _memory.CopyToAsync(_file, cancellationToken).ConfigureAwait(false);
        }

        await (_file ?? (Stream)_memory).WriteAsync(content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All of it, when it stayed in memory.</summary>
    public bool TryGetBytes(out ReadOnlyMemory<byte> bytes)
    {
        bytes = _file is null ? _memory.GetBuffer().AsMemory(0, (int)_memory.Length) : default;
        return _file is null;
    }

    /// <summary>All of it, from the start.</summary>
    public Stream Read()
    {
        var stream = _file ?? (Stream)_memory;
        stream.Position = 0;
        return stream;
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }
}
