using System.Collections.Concurrent;
using System.Globalization;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.FunctionalTests.Fuzz;

/// <summary>
/// A model endpoint that answers the loop of each base URL (<c>/N/v1</c>) with hostile replies made from seed and N, and with a good one
/// after those. What the nth request of a loop is told depends on nothing else.
/// </summary>
internal sealed class HostileEndpoint : IAsyncDisposable
{
    private readonly ConcurrentDictionary<int, (HostileReplies Replies, List<string> Said)> _loops = new();
    private readonly RawServer _endpoint;

    /// <param name="replies">Hostile ones for each loop.</param>
    public HostileEndpoint(int seed, int replies) =>
        _endpoint = RawServer.Replying(path =>
        {
            var (hostile, said) = _loops.GetOrAdd(int.Parse(path.Split('/')[1], CultureInfo.InvariantCulture), n =>
                (new HostileReplies(new Random(unchecked((seed * 1_000_003) + n))), [])
            );
            var reply = said.Count < replies ? hostile.Next() : RawReply.Good;
            said.Add(reply.What);
            return reply;
        });

    public string UrlOf(int loop) => $"{_endpoint.Root}/{loop}/v1";

    /// <summary>What was odd in the replies to a loop so far.</summary>
    public IReadOnlyList<string> SaidTo(int loop) => _loops.TryGetValue(loop, out var known) ? known.Said : [];

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();
}
