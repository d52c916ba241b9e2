using LoopCluster.Ledgers.File;
using LoopCluster.Ledgers.File.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.TestKit.Disks;

/// <summary>
/// A disk in memory that keeps a promise only when it was asked to: what was not synced when the power fails is dropped, torn at sectors or
/// kept out of order, by seed; so are creates, renames and deletes in directories that were not synced.
/// </summary>
public sealed class SimulatedDisk : IFileLayer
{
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly DirectoryState _entries = new();
    private int _session;
    private int _operationsLeft = int.MaxValue;
    private int _syncsLeft = int.MaxValue;

    public SimulatedDisk(int seed)
    {
        _random = new Random(seed);
        _entries.AddDurable(Root, null);
    }

    /// <summary>The data directory; it exists and is durable.</summary>
    public const string Root = "/data";

    /// <summary>True once the power has failed; every operation then faults until <see cref="Restart"/>.</summary>
    public bool IsOff => _operationsLeft <= 0;

    /// <summary>Lets the power fail during the n-th change of the disk from now on.</summary>
    public void FailPowerAfter(int operations)
    {
        lock (_lock)
        {
            _operationsLeft = operations;
        }
    }

    /// <summary>
    /// Lets the n-th sync of a file from now on fail with an I/O error; what it should have written is lost, as on Linux.
    /// </summary>
    public void FailSyncAfter(int syncs)
    {
        lock (_lock)
        {
            _syncsLeft = syncs;
        }
    }

    /// <summary>
    /// Comes back: after a power failure with what was synced and some of the rest, after a mere process kill with everything written.
    /// </summary>
    public void Restart(bool powerLost)
    {
        lock (_lock)
        {
            _session++;
            (_operationsLeft, _syncsLeft) = (int.MaxValue, int.MaxValue);
            if (powerLost)
            {
                _entries.LoseUnsynced(_random);
                foreach (var file in _entries.Files)
                {
                    file.LoseUnsynced(_random);
                }
            }
        }
    }

    /// <summary>The file ledger of this disk.</summary>
    public FileLedger OpenLedger(long segmentBytes = 64 << 20) => new(this, Root, segmentBytes, NullLogger.Instance);

    /// <summary>The blob store of this disk.</summary>
    public FileBlobStore OpenBlobs() => new(this, Root);

    void IFileLayer.CreateDirectory(string path)
    {
        lock (_lock)
        {
            RequirePower();
            if (!_entries.HasDirectory(path))
            {
                RequireDirectory(path);
                Change(() => _entries.Add(path, null));
            }
        }
    }

    IReadOnlyList<string> IFileLayer.List(string directory)
    {
        lock (_lock)
        {
            RequirePower();
            return _entries.FileNames(directory);
        }
    }

    IOpenFile? IFileLayer.OpenRead(string path)
    {
        lock (_lock)
        {
            RequirePower();
            return _entries.Find(path) is { } file ? new Handle(this, file, _session) : null;
        }
    }

    FileStamp? IFileLayer.Stamp(string path)
    {
        lock (_lock)
        {
            RequirePower();
            return _entries.Find(path)?.Stamp;
        }
    }

    IOpenFile IFileLayer.OpenWrite(string path, bool create)
    {
        lock (_lock)
        {
            RequirePower();
            RequireDirectory(path);
            var file = _entries.Find(path);
            if ((file is null) != create)
            {
                throw new IOException($"'{path}' {(create ? "exists" : "does not exist")}");
            }

            if (file is null)
            {
                file = new SimulatedFile();
                var created = file;
                Change(() => _entries.Add(path, created));
            }

            return new Handle(this, file, _session);
        }
    }

    void IFileLayer.Rename(string from, string to)
    {
        lock (_lock)
        {
            RequirePower();
            RequireDirectory(to);
            var file = _entries.Find(from) ?? throw new FileNotFoundException($"'{from}' does not exist");
            Change(() => _entries.Rename(from, to, file));
        }
    }

    void IFileLayer.Delete(string path)
    {
        lock (_lock)
        {
            RequirePower();
            if (_entries.Find(path) is not null)
            {
                Change(() => _entries.Remove(path));
            }
        }
    }

    void IFileLayer.SyncDirectory(string path)
    {
        lock (_lock)
        {
            RequirePower();
            Change(() => _entries.Sync(path));
        }
    }

    /// <summary>
    /// A change that the power failure hits may or may not have reached the disk's cache; in no case is it told to have succeeded.
    /// </summary>
    private void Change(Action change, Action? half = null)
    {
        if (--_operationsLeft > 0)
        {
            change();
        }
        else if (_random.Next(2) == 0)
        {
            (half ?? change)();
        }

        RequirePower();
    }

    private void RequirePower()
    {
        if (IsOff)
        {
            throw new IOException("the power is gone");
        }
    }

    private void RequireDirectory(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (!_entries.HasDirectory(parent))
        {
            throw new DirectoryNotFoundException($"'{parent}' does not exist");
        }
    }

    private sealed class Handle(SimulatedDisk disk, SimulatedFile file, int session) : IOpenFile
    {
        public long Length => Use(() => file.Length);

        public FileStamp Stamp => Use(() => file.Stamp);

        public int Read(Span<byte> destination, long offset)
        {
            lock (disk._lock)
            {
                Require();
                return file.Read(destination, offset);
            }
        }

        public void Write(ReadOnlySpan<byte> data, long offset)
        {
            var bytes = data.ToArray();
            Change(() => file.Write(bytes, offset), () => file.Write(bytes[..disk._random.Next(bytes.Length + 1)], offset));
        }

        public void Truncate(long length) => Change(() => file.Truncate(length));

        public void Sync() =>
            Change(() =>
            {
                if (--disk._syncsLeft == 0)
                {
                    file.FailSync();
                    throw new IOException("Input/output error");
                }

                file.Sync();
            });

        public FileStamp Mark() =>
            Use(() =>
            {
                file.Touch();
                return file.Stamp;
            });

        public void DropCache() =>
            Use(() =>
            {
                file.DropCache();
                return true;
            });

        public void Dispose() { }

        private void Change(Action change, Action? half = null) =>
            Use(() =>
            {
                disk.Change(change, half);
                return true;
            });

        private T Use<T>(Func<T> action)
        {
            lock (disk._lock)
            {
                Require();
                return action();
            }
        }

        private void Require()
        {
            disk.RequirePower();
            if (session != disk._session)
            {
                throw new IOException("the file was opened before the restart");
            }
        }
    }
}
