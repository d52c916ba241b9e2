using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis.Ledger;

/// <summary>The summary as it stands in a head: one JSON object.</summary>
internal static partial class SummaryText
{
    private static readonly Dictionary<LoopStatus, string> Names = Enum.GetValues<LoopStatus>()
        .ToDictionary(s => s, s => JsonSerializer.Serialize(s, Json.Default.LoopStatus).Trim('"'));

    public static string NameOf(LoopStatus status) => Names[status];

    public static byte[] Write(LoopSummary summary) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Stored(
                summary.Tenant,
                summary.Status,
                summary.Stage,
                summary.Attempt,
                summary.Turns,
                summary.Cost,
                summary.Updated.ToUnixTimeMilliseconds(),
                summary.Created.ToUnixTimeMilliseconds(),
                summary.Epoch,
                summary.Host,
                summary.WaitingFor,
                summary.WaitingSince?.ToUnixTimeMilliseconds(),
                summary.NextTry?.ToUnixTimeMilliseconds()
            ),
            Json.Default.Stored
        );

    /// <exception cref="JsonException">It is none.</exception>
    public static LoopSummary Read(LoopId loop, ReadOnlySpan<byte> text)
    {
        var stored = JsonSerializer.Deserialize(text, Json.Default.Stored) ?? throw new JsonException("null");
        return new LoopSummary(
            loop,
            stored.Tenant,
            stored.Status,
            stored.Stage,
            stored.Attempt,
            stored.Turns,
            stored.Cost,
            DateTimeOffset.FromUnixTimeMilliseconds(stored.Updated)
        )
        {
            Created = DateTimeOffset.FromUnixTimeMilliseconds(stored.Created),
            Epoch = stored.Epoch,
            Host = stored.Host,
            WaitingFor = stored.WaitingFor,
            WaitingSince = stored.Since is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null,
            NextTry = stored.NextTry is { } next ? DateTimeOffset.FromUnixTimeMilliseconds(next) : null,
        };
    }

    internal sealed record Stored(
        string Tenant,
        LoopStatus Status,
        LoopStage Stage,
        int Attempt,
        int Turns,
        decimal Cost,
        long Updated,
        long Created,
        int Epoch,
        string? Host,
        string? WaitingFor = null,
        long? Since = null,
        long? NextTry = null
    );

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        RespectRequiredConstructorParameters = true
    )]
    [JsonSerializable(typeof(Stored))]
    private sealed partial class Json : JsonSerializerContext;
}
