using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Ledger;

/// <summary>
/// The append, decided by the server in one step: the entry is added only behind the head it names (seq and hash) and with no older epoch.
/// Otherwise nothing is written, and head and the line that stands at this seq come back. So neither a gap nor a broken chain nor a second
/// entry at a seq can be written by anyone, and an append may be repeated until it is answered.
/// </summary>
internal static class AppendScript
{
    /// <summary>
    /// KEYS head, log. ARGV address of the head before (seq and hash, empty for none), the new head, the line, its index from 0. RPUSHX and
    /// EXISTS refuse a log that was removed, or left, without its head.
    /// </summary>
    private static readonly RedisScript Script = new(
        """
        local head = redis.call('GETRANGE', KEYS[1], 0, 89)
        local new = ARGV[2]
        if string.sub(head, 1, 80) == ARGV[1] and string.sub(head, 81) <= string.sub(new, 81, 90) then
          local pushed = 0
          if head ~= '' then
            pushed = redis.call('RPUSHX', KEYS[2], ARGV[3])
          elseif redis.call('EXISTS', KEYS[2]) == 0 then
            pushed = redis.call('RPUSH', KEYS[2], ARGV[3])
          end
          if pushed > 0 then
            if #new == 90 and head ~= '' then
              new = new .. redis.call('GETRANGE', KEYS[1], 90, -1)
            end
            redis.call('SET', KEYS[1], new)
            return 1
          end
        end
        return {head, redis.call('LINDEX', KEYS[2], ARGV[4])}
        """
    );

    public static async ValueTask<AppendReply> RunAsync(
        RedisConnection connection,
        LedgerLine line,
        LoopSummary? summary,
        CancellationToken cancellationToken
    )
    {
        RedisKey[] keys = [connection.Keys.Head(line.Loop), connection.Keys.Log(line.Loop)];
        RedisValue[] values = [HeadRecord.Before(line), HeadRecord.After(line, summary), line.Utf8, line.Seq - 1];
        var reply = await connection.RunAsync(Script, keys, values, "appending an entry", cancellationToken).ConfigureAwait(false);
        return reply.Resp2Type == ResultType.Array
            ? new AppendReply(false, (byte[]?)reply[0] ?? [], (byte[]?)reply[1])
            : new AppendReply(true, [], null);
    }
}

/// <param name="Head">The head that refused it, empty when there is none.</param>
/// <param name="Stored">The line that stands at this seq, or null.</param>
internal readonly record struct AppendReply(bool Accepted, byte[] Head, byte[]? Stored);
