using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Ledgers.File.Blobs;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File;

/// <summary>
/// Blobs as files <c>blobs/ab/abcd…</c>, named by their SHA-256. Written to a temporary file, synced, renamed, and the directory synced,
/// so that a name never stands for anything but the whole content. Readers need no lock.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    private const int CopyBytes = 128 << 10;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // Of the process, not of the instance: two stores of one directory must not use one name.
    private static int _temporaries;

    private readonly IFileLayer _files;
    private readonly DataPaths _paths;
    private readonly ConcurrentDictionary<string, bool> _durableDirectories = new(StringComparer.Ordinal);

    /// <param name="directory">The data directory.</param>
    public FileBlobStore(string directory)
        : this(PhysicalFileLayer.Instance, directory) { }

    internal FileBlobStore(IFileLayer files, string directory) => (_files, _paths) = (files, new DataPaths(directory));

    /// <summary>The store of a locked directory; removes what a crash left half-written.</summary>
    public static FileBlobStore Open(DataDirectoryLock directory)
    {
        var store = new FileBlobStore(directory.Path);
        store.RemoveLeftovers();
        return store;
    }

    public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<BlobRef>(
            Guard(() =>
            {
                var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
                if (!TryKeep(hash, content.Length))
                {
                    using var temporary = NewTemporary();
                    temporary.File.Write(content.Span, 0);
                    Name(temporary, hash);
                }

                return new BlobRef(hash, content.Length);
            })
        );
    }

    public async ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var temporary = Guard(NewTemporary);
        var buffer = new byte[CopyBytes];
        long length = 0;
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            hasher.AppendData(buffer, 0, read);
            length = Guard(() =>
            {
                temporary.File.Write(buffer.AsSpan(0, read), length);
                return length + read;
            });
        }

        var hash = Convert.ToHexStringLower(hasher.GetHashAndReset());
        return Guard(() =>
        {
            if (!TryKeep(hash, length))
            {
                Name(temporary, hash);
            }

            return new BlobRef(hash, length);
        });
    }

    public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Anything but a hash names no blob; it must not become a path either.
        return new ValueTask<Stream?>(
            IsHash(hash) && Guard(() => _files.OpenRead(PathOf(hash))) is { } file ? new VerifyingStream(file, hash) : null
        );
    }

    internal void RemoveLeftovers() =>
        Guard(() =>
        {
            foreach (var name in _files.List(_paths.Blobs).Where(n => n.StartsWith(TemporaryBlob.Prefix, StringComparison.Ordinal)))
            {
                _files.Delete(Path.Combine(_paths.Blobs, name));
            }

            return true;
        });

    private static bool IsHash(string text) => text is { Length: 64 } && !text.AsSpan().ContainsAnyExcept(HexDigits);

    private string DirectoryOf(string hash) => Path.Combine(_paths.Blobs, hash[..2]);

    private string PathOf(string hash) => Path.Combine(DirectoryOf(hash), hash);

    /// <summary>
    /// True when the blob is there, whole and unharmed; it is then made durable, since whoever wrote it may have died before that.
    /// </summary>
    private bool TryKeep(string hash, long length)
    {
        using var existing = _files.OpenRead(PathOf(hash));
        if (existing is null || existing.Length != length)
        {
            return false;
        }

        using (var content = new VerifyingStream(existing, hash))
        {
            if (!content.Verify())
            {
                return false;
            }

            EnsureDirectory(DirectoryOf(hash));
            existing.Sync();
        }

        _files.SyncDirectory(DirectoryOf(hash));
        return true;
    }

    private void Name(TemporaryBlob temporary, string hash)
    {
        EnsureDirectory(DirectoryOf(hash));
        temporary.File.Sync();
        temporary.Rename(PathOf(hash));
        _files.SyncDirectory(DirectoryOf(hash));
    }

    private TemporaryBlob NewTemporary()
    {
        EnsureDirectory(_paths.Blobs);
        return new TemporaryBlob(_files, _paths.Blobs, Interlocked.Increment(ref _temporaries));
    }

    /// <summary>Creates a directory and makes its name durable, once a process: it may be there and yet not be durable.</summary>
    private void EnsureDirectory(string path)
    {
        if (_durableDirectories.ContainsKey(path))
        {
            return;
        }

        if (path != _paths.Blobs)
        {
            EnsureDirectory(_paths.Blobs);
        }

        _files.CreateDirectory(path);
        _files.SyncDirectory(Path.GetDirectoryName(path)!);
        _durableDirectories[path] = true;
    }

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException(
                "ledger-unavailable",
                $"Blobs in '{_paths.Blobs}' cannot be read or written: {e.Message} Free space or mend the disk, then resume the loop.",
                e
            );
        }
    }
}
