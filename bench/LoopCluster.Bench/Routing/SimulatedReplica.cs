using LoopCluster.Engine.Routing;

namespace LoopCluster.Bench.Routing;

/// <summary>
/// A server with so many places, a queue, and a cache of prefixes that drops what was used longest ago. Reading a token that is not cached
/// and writing one take their time.
/// </summary>
internal sealed class SimulatedReplica(string url)
{
    private const int Places = 12;
    private const long CacheTokens = 2_500_000;
    private const double ReadsPerSecond = 6_000;
    private const double WritesPerSecond = 60;

    private readonly Queue<SimulatedRequest> _waiting = new();
    private readonly Dictionary<string, LinkedListNode<(string Session, long Tokens)>> _cache = [];
    private readonly LinkedList<(string Session, long Tokens)> _used = new();
    private long _cached;
    private int _running;

    public string Url => url;

    public long Served { get; private set; }

    public ReplicaLoad Load => new(url, _waiting.Count, _running, Math.Min(1, _cached / (double)CacheTokens) * 0.9);

    public void Enter(SimulatedRequest request, double now, Action<SimulatedReplica, SimulatedRequest, double> begin)
    {
        if (_running < Places)
        {
            _running++;
            begin(this, request, now);
        }
        else
        {
            _waiting.Enqueue(request);
        }
    }

    public void Leave(double now, Action<SimulatedReplica, SimulatedRequest, double> begin)
    {
        if (_waiting.TryDequeue(out var next))
        {
            begin(this, next, now);
        }
        else
        {
            _running--;
        }
    }

    /// <returns>Seconds that the request takes from here on.</returns>
    public double Serve(SimulatedRequest request)
    {
        var session = request.Session;
        request.Prompt = session.Prompt;
        if (_cache.Remove(session.Name, out var known))
        {
            request.Cached = Math.Min(known.Value.Tokens, request.Prompt);
            _cached -= known.Value.Tokens;
            _used.Remove(known);
        }

        _cache[session.Name] = _used.AddLast((session.Name, request.Prompt));
        _cached += request.Prompt;
        while (_cached > CacheTokens && _used.First is { } oldest)
        {
            _used.RemoveFirst();
            _cache.Remove(oldest.Value.Session);
            _cached -= oldest.Value.Tokens;
        }

        Served++;
        return ((request.Prompt - request.Cached) / ReadsPerSecond) + (SimulatedSession.ReplyTokens / WritesPerSecond);
    }
}

internal sealed class SimulatedRequest(SimulatedSession session, double at)
{
    public SimulatedSession Session => session;

    public double At => at;

    public long Prompt { get; set; }

    public long Cached { get; set; }
}
