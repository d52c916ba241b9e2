using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>
/// The least a durable, fenced step on Redis costs: one line of some 600 bytes, chained by SHA-256, one XADD whose id <c>epoch-seq</c> lets
/// the server refuse whoever is stale. No engine, no summary, no audit.
/// </summary>
internal sealed class FencedAppends(IDatabase database, string run, int sessions)
{
    private const int Length = 600;

    private static readonly RedisValue Field = "e";

    private readonly Chain[] _chains = [.. Enumerable.Range(0, sessions).Select(i => new Chain($"bare:{run}:{{{i}}}"))];

    public Task AppendAsync(int session, string reply)
    {
        var chain = _chains[session];
        chain.Seq++;
        var line = chain.Seal(reply);
        return database.StreamAddAsync(chain.Key, Field, line, string.Create(CultureInfo.InvariantCulture, $"1-{chain.Seq}"));
    }

    private sealed class Chain(RedisKey key)
    {
        private readonly byte[] _head = SHA256.HashData(Encoding.UTF8.GetBytes((string)key!));

        public RedisKey Key => key;

        public long Seq { get; set; }

        /// <summary>As long as a driver's line of a turn: hash before, payload, hash after.</summary>
        public byte[] Seal(string reply)
        {
            var line = new byte[Length];
            _head.CopyTo(line, 0);
            var end = Length - (2 * _head.Length);
            Encoding.UTF8.GetBytes(
                reply.AsSpan(0, Math.Min(reply.Length, (end - _head.Length) / 3)),
                line.AsSpan(_head.Length, end - _head.Length)
            );
            SHA256.HashData(line.AsSpan(0, end), _head);
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(_head), line.AsSpan(end));
            return line;
        }
    }
}
