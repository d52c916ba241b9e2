using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Connection;

/// <summary>A script that is sent by its digest, and in full to a server that does not know it (a new one, a restarted one, another shard).</summary>
internal sealed class RedisScript(string text)
{
    private readonly byte[] _digest = Digest(text);

    public async Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_digest, keys, values).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // EVAL makes the server remember it as well.
            return await database.ScriptEvaluateAsync(text, keys, values, CommandFlags.NoScriptCache).ConfigureAwait(false);
        }
    }

#pragma warning disable CA5350 // Redis names scripts by their SHA-1; nothing is protected by it.
    private static byte[] Digest(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}
