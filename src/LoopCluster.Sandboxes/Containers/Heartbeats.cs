using System.Collections.Concurrent;

namespace LoopCluster.Sandboxes.Containers;

/// <summary>
/// Tells every container once a second that this process lives. On a thread of its own: a busy thread pool must not cost a lease.
/// </summary>
internal sealed class Heartbeats : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<SandboxContainer, byte> _containers = new();
    private readonly ManualResetEventSlim _stop = new();
    private int _started;

    public IEnumerable<SandboxContainer> Containers => _containers.Keys;

    public void Add(SandboxContainer container)
    {
        _containers.TryAdd(container, 0);
        if (Interlocked.Exchange(ref _started, 1) == 0)
        {
            new Thread(Beat, maxStackSize: 128 * 1024)
            {
                IsBackground = true,
                Name = "sandbox heartbeats",
                Priority = ThreadPriority.AboveNormal,
            }.Start();
        }
    }

    public void Remove(SandboxContainer container) => _containers.TryRemove(container, out _);

    public void Dispose() => _stop.Set();

    private void Beat()
    {
        while (!_stop.Wait(Every))
        {
            foreach (var (container, _) in _containers)
            {
                container.Beat();
            }
        }
    }
}
