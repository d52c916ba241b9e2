using System.Globalization;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Index;

/// <summary>
/// A loop's record as Redis has it: 16 digits of <c>seq</c>, 64 of the entry's hash, 10 of the record's version, then JSON. Fixed widths,
/// as of a head.
/// </summary>
internal static class StoredRecord
{
    public const int FixedBytes = 90;

    /// <summary>
    /// KEYS record. ARGV seq, version, value. An older entry's record does not replace a later one's, a version's always another's.
    /// </summary>
    private static readonly RedisScript WriteScript = new(
        """
        if redis.call('GETRANGE', KEYS[1], 0, 15) <= ARGV[1] or redis.call('GETRANGE', KEYS[1], 80, 89) ~= ARGV[2] then
          redis.call('SET', KEYS[1], ARGV[3])
        end
        return 1
        """
    );

    private static readonly string Version = RecordJson.Version.ToString("D10", CultureInfo.InvariantCulture);

    public static Task WriteAsync(IDatabase database, RedisKey key, LoopRecord record)
    {
        var seq = record.Seq.ToString("D16", CultureInfo.InvariantCulture);
        var json = JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.LoopRecord);
        var value = new byte[FixedBytes + json.Length];
        Encoding.ASCII.GetBytes($"{seq}{record.Head, 64}{Version}", value);
        json.CopyTo(value, FixedBytes);
        return WriteScript.RunAsync(database, [key], [seq, Version, value]);
    }

    /// <summary>Null for what is none, of another version, or behind.</summary>
    public static LoopRecord? Read(byte[]? value, long atLeast)
    {
        if (value is null || value.Length <= FixedBytes || PlaceOf(default, value) is not { } place || place.Seq < atLeast)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(value.AsSpan(FixedBytes), RecordJson.Default.LoopRecord);
        }
        catch (JsonException)
        {
            // A cache that somebody altered: the ledger tells.
            return null;
        }
    }

    public static RecordPlace? PlaceOf(LoopId loop, byte[]? value) =>
        value is { Length: >= FixedBytes }
        && long.TryParse(value.AsSpan(0, 16), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
        && Encoding.ASCII.GetString(value, 80, 10) == Version
            ? new RecordPlace(loop, seq, Encoding.ASCII.GetString(value, 16, 64).TrimStart())
            : null;
}
