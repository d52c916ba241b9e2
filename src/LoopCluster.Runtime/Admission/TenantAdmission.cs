using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Admission;

/// <summary>
/// Places and queue of one tenant: first come, first served, by creation, in whatever order the loops are heard of. A cache of what their
/// ledgers say; not for several threads.
/// </summary>
public sealed class TenantAdmission
{
    /// <summary>Loops with a place.</summary>
    private readonly HashSet<LoopId> _running = [];
    private readonly Dictionary<LoopId, LoopCursor> _queued = [];
    private readonly SortedSet<LoopCursor> _queue = new(LoopCursor.ByCreation);

    public int Running => _running.Count;

    public bool IsEmpty => _running.Count == 0 && _queue.Count == 0;

    /// <summary>The next one first.</summary>
    public IEnumerable<LoopId> Queue => _queue.Select(at => at.Id);

    public bool HasPlace(LoopId loop) => _running.Contains(loop);

    /// <summary>Puts a loop into the queue, unless it stands there or has a place.</summary>
    public void Enqueue(LoopCursor loop)
    {
        if (!_running.Contains(loop.Id) && _queued.TryAdd(loop.Id, loop))
        {
            _queue.Add(loop);
        }
    }

    /// <summary>A loop is being driven, whoever asked for it.</summary>
    public void Take(LoopId loop)
    {
        Dequeue(loop);
        _running.Add(loop);
    }

    /// <summary>A loop has ended, parked or waits for a person.</summary>
    public void GiveBack(LoopId loop)
    {
        Dequeue(loop);
        _running.Remove(loop);
    }

    /// <summary>Gives the next place there is; null when there is none, or nobody waits.</summary>
    public AdmittedLoop? AdmitNext(int limit)
    {
        if (_queue.Count == 0 || !AdmissionRules.HasPlace(_running.Count, limit))
        {
            return null;
        }

        var (next, running) = (_queue.Min.Id, _running.Count);
        Take(next);
        return new AdmittedLoop(next, new AdmitSignal(running, limit));
    }

    /// <summary>Forgets all loops but these.</summary>
    public void Keep(IReadOnlySet<LoopId> loops)
    {
        _running.IntersectWith(loops);
        foreach (var gone in _queued.Keys.Where(loop => !loops.Contains(loop)).ToArray())
        {
            Dequeue(gone);
        }
    }

    private void Dequeue(LoopId loop)
    {
        if (_queued.Remove(loop, out var at))
        {
            _queue.Remove(at);
        }
    }
}

/// <summary>A loop that was given a place, and the signal that tells it so.</summary>
public readonly record struct AdmittedLoop(LoopId Loop, AdmitSignal Signal);
