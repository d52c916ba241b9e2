using System.Runtime.InteropServices;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Gates;

/// <summary>
/// Sees, from the outside and while a gate runs, what is put in the place of what the gate rests on, even when it is gone again before the
/// gate ends. Events come from inotify: the kernel queues them as the act happens, and nothing in a sandbox can take one back.
/// </summary>
internal sealed class RoomWatch : IDisposable
{
    private const int Most = 100;
    private const int BufferBytes = 64 * 1024;
    private const int WakeEvery = 100;
    private const uint Modify = 0x2,
        Attributes = 0x4,
        CloseWrite = 0x8,
        MovedFrom = 0x40,
        MovedTo = 0x80,
        Create = 0x100,
        Delete = 0x200,
        DeleteSelf = 0x400,
        MoveSelf = 0x800;
    private const uint Overflow = 0x4000,
        IsDirectory = 0x40000000,
        OnlyDirectory = 0x1000000,
        DontFollow = 0x2000000;
    private const uint OfFolder = Modify | Attributes | MovedFrom | MovedTo | Create | Delete | OnlyDirectory | DontFollow;
    private const uint OfFile = Modify | Attributes | CloseWrite | DeleteSelf | MoveSelf | DontFollow;

    private readonly string _root;
    private readonly HashSet<RawPath> _kept;
    private readonly HashSet<RawPath> _above = [];
    private readonly Func<string, bool> _isReplacement;
    private readonly int _descriptor;
    private readonly Dictionary<int, RawPath> _watched = [];
    private readonly SortedSet<string> _found = new(StringComparer.Ordinal);
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private volatile bool _stopping;

    /// <param name="folders">Directories in which a new name can take a place.</param>
    /// <param name="files">Files to be watched themselves, where their owner is the sandbox's own user.</param>
    /// <param name="isReplacement">Whether a path that was touched is what must not be.</param>
    /// <exception cref="InfrastructureException"><c>gate-unavailable</c>: the kernel gives no more watches.</exception>
    public RoomWatch(
        string root,
        IEnumerable<RawPath> folders,
        IEnumerable<RawPath> files,
        IEnumerable<RawPath> kept,
        Func<string, bool> isReplacement
    )
    {
        _root = root;
        _kept = [.. kept];
        foreach (var path in _kept)
        {
            for (var above = path.Parent; !above.IsRoot && _above.Add(above); above = above.Parent) { }
        }

        _isReplacement = isReplacement;
        _descriptor = LinuxWatch.Initialize(LinuxFiles.NonBlocking | LinuxFiles.CloseOnExec);
        if (_descriptor < 0)
        {
            throw Fault("instances");
        }

        try
        {
            foreach (var folder in folders)
            {
                Add(folder, OfFolder);
            }

            foreach (var file in files)
            {
                Add(file, OfFile);
            }
        }
        catch
        {
            _ = LinuxWatch.Close(_descriptor);
            throw;
        }

        _thread = new Thread(Follow) { IsBackground = true, Name = "gate-room-watch" };
        _thread.Start();
    }

    /// <summary>Everything up to now: what happened before the call is in it.</summary>
    public IReadOnlyList<string> Found()
    {
        lock (_lock)
        {
            Drain();
            return [.. _found];
        }
    }

    public void Dispose()
    {
        if (!_stopping)
        {
            _stopping = true;
            _thread.Join();
            _ = LinuxWatch.Close(_descriptor);
        }
    }

    private void Follow()
    {
        while (!_stopping)
        {
            var poll = new LinuxWatch.PollEntry { Descriptor = _descriptor, Events = 1 };
            _ = LinuxWatch.Poll(ref poll, 1, WakeEvery);
            lock (_lock)
            {
                Drain();
            }
        }
    }

    private void Drain()
    {
        var buffer = new byte[BufferBytes];
        nint length;
        while ((length = LinuxWatch.Read(_descriptor, ref buffer[0], BufferBytes)) > 0)
        {
            for (var at = 0; at < (int)length; )
            {
                // struct inotify_event: wd 4, mask 4, cookie 4, length 4, name padded with NUL.
                var watch = BitConverter.ToInt32(buffer, at);
                var mask = BitConverter.ToUInt32(buffer, at + 4);
                var size = BitConverter.ToInt32(buffer, at + 12);
                var name = Encoding.Latin1.GetString(buffer.AsSpan(at + 16, size)).TrimEnd('\0');
                at += 16 + size;
                Take(watch, mask, name);
            }
        }
    }

    private void Take(int watch, uint mask, string name)
    {
        if ((mask & Overflow) != 0)
        {
            Note("(more happened to the files than could be followed)");
            return;
        }

        if (!_watched.TryGetValue(watch, out var at))
        {
            return;
        }

        if (name.Length == 0)
        {
            if (_kept.Contains(at) && (mask & (Modify | Attributes | CloseWrite | DeleteSelf | MoveSelf)) != 0)
            {
                Note(at.ToString());
            }

            return;
        }

        var path = at.Child(name);
        if (_kept.Contains(path) || (_above.Contains(path) && (mask & (MovedFrom | MovedTo | Delete | Create)) != 0))
        {
            Note(path.ToString());
        }
        else if ((mask & (Create | MovedTo)) != 0 && _isReplacement(path.ToString()))
        {
            Note(path.ToString());
        }
        else if (
            (mask & (Create | MovedTo)) != 0
            && (mask & IsDirectory) == 0
            && _isReplacement(path.Child("__init__.py").ToString())
            && !IsRegular(path)
        )
        {
            // A link to a package elsewhere.
            Note(path.ToString());
        }
        else if ((mask & IsDirectory) != 0 && (mask & (Create | MovedTo)) != 0 && _isReplacement(path.Child("__init__.py").ToString()))
        {
            // A package in the making. One that is moved in is whole already.
            if ((mask & MovedTo) != 0)
            {
                Note(path.ToString());
            }
            else
            {
                TryAdd(path);
            }
        }
    }

    private void TryAdd(RawPath folder)
    {
        try
        {
            Add(folder, OfFolder);
            foreach (var file in Directory.EnumerateFileSystemEntries(Path.Combine(_root, folder.ToString()), "__init__.*"))
            {
                Note(folder.Child(Path.GetFileName(file)).ToString());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InfrastructureException)
        {
            // It came and went, or became something else, within this moment: nothing honest does that.
            Note(folder.ToString());
        }
    }

    private bool IsRegular(RawPath path) => new FileInfo(Path.Combine(_root, path.ToString())) is { Exists: true, LinkTarget: null };

    private void Note(string path)
    {
        if (_found.Count < Most)
        {
            _found.Add(path);
        }
    }

    private void Add(RawPath path, uint mask)
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(_root), .. path.IsRoot ? [] : (byte[])[(byte)'/', .. path.ToBytes()], 0];
        var watch = LinuxWatch.Add(_descriptor, in name[0], mask);
        if (watch < 0)
        {
            throw Fault("watches");
        }

        _watched[watch] = path;
    }

    private static InfrastructureException Fault(string what) =>
        new(
            "gate-unavailable",
            $"The kernel gives no more inotify {what} ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}), without which a running gate cannot be watched. Raise fs.inotify.max_user_{what}."
        );
}
