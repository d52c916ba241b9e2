using LoopCluster.Ledgers.Redis.Connection;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Audit;

/// <summary>
/// Appends a run of sealed records behind the head they continue, or changes nothing and says what the head is and what stands at the run's
/// end.
/// </summary>
internal static class AuditScript
{
    /// <summary>
    /// KEYS head, log. ARGV address of the head before (empty for none), address after, index from 0 of the last line, the lines.
    /// </summary>
    private static readonly RedisScript Script = new(
        """
        local head = redis.call('GET', KEYS[1]) or ''
        if head == ARGV[1] then
          local first = 4
          if head == '' then
            if redis.call('EXISTS', KEYS[2]) == 1 then
              return {head, false, false}
            end
            redis.call('RPUSH', KEYS[2], ARGV[4])
            first = 5
          end
          for i = first, #ARGV do
            if redis.call('RPUSHX', KEYS[2], ARGV[i]) == 0 then
              return {head, false, false}
            end
          end
          redis.call('SET', KEYS[1], ARGV[2])
          return 1
        end
        local known = ARGV[1] ~= '' and redis.call('LINDEX', KEYS[2], tonumber(string.sub(ARGV[1], 1, 16)) - 1)
        return {head, redis.call('LINDEX', KEYS[2], ARGV[3]), known}
        """
    );

    public static async ValueTask<AuditReply> RunAsync(RedisConnection connection, string tenant, AuditRun run)
    {
        var values = new RedisValue[3 + run.Lines.Count];
        (values[0], values[1], values[2]) = (run.Before, run.After, run.LastSeq - 1);
        for (var i = 0; i < run.Lines.Count; i++)
        {
            values[3 + i] = run.Lines[i];
        }

        RedisKey[] keys = [connection.Keys.AuditHead(tenant), connection.Keys.AuditLog(tenant)];
        var reply = await connection
            .RunAsync(Script, keys, values, "appending to the audit log", CancellationToken.None)
            .ConfigureAwait(false);
        return reply.Resp2Type == ResultType.Array
            ? new AuditReply(false, (byte[]?)reply[0] ?? [], (byte[]?)reply[1], (byte[]?)reply[2])
            : new AuditReply(true, [], null, null);
    }
}

/// <summary>Sealed lines and the addresses of the heads around them.</summary>
internal sealed record AuditRun(byte[] Before, byte[] After, long LastSeq, IReadOnlyList<byte[]> Lines);

/// <param name="Head">The head that refused it, empty when there is none.</param>
/// <param name="LastLine">What stands where the run ends.</param>
/// <param name="KnownLine">What stands at the head the run continues.</param>
internal readonly record struct AuditReply(bool Accepted, byte[] Head, byte[]? LastLine, byte[]? KnownLine);
