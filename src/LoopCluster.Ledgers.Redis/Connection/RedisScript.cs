using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Connection;

/// <summary>
/// A script that is sent by its digest, and in full to a server that does not know it (a new one, a restarted one, another shard).
/// </summary>
internal sealed class RedisScript(string text)
{
    private readonly byte[] _digest = Digest(text);

    /// <summary>True when the server does not know the script.</summary>
    public static bool IsUnknown(Exception error) =>
        error is RedisServerException && error.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal);

    /// <summary>By its digest alone.</summary>
    public Task<RedisResult> SendAsync(IDatabase database, RedisKey[] keys, RedisValue[] values) =>
        database.ScriptEvaluateAsync(_digest, keys, values);

    /// <summary>By its digest, and in full when the server does not know it.</summary>
    public async Task<RedisResult> RunAsync(IDatabase database, RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            return await SendAsync(database, keys, values).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (IsUnknown(e))
        {
            // EVAL makes the server remember it as well.
            return await database.ScriptEvaluateAsync(text, keys, values, CommandFlags.NoScriptCache).ConfigureAwait(false);
        }
    }

#pragma warning disable CA5350 // Redis names scripts by their SHA-1; nothing is protected by it.
    private static byte[] Digest(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
}
