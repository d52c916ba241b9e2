using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis.Accounts;

/// <summary>An account as Redis keeps it: 32 characters that no other write has, and JSON.</summary>
internal static class AccountText
{
    private const int StampLength = 32;

    public static byte[] Write(BudgetAccount account)
    {
        var kept = new KeptAccount(
            [.. account.Spent.Select(s => new KeptDay(s.Key, s.Value))],
            [.. account.Open.Select(o => new KeptAllotment(o.Key.Value, o.Value.Lease, o.Value.Granted, o.Value.Counted, o.Value.Day))]
        );
        return
        [
            .. Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N")),
            .. JsonSerializer.SerializeToUtf8Bytes(kept, AccountJson.Default.KeptAccount),
        ];
    }

    /// <exception cref="InfrastructureException"><c>budget-unavailable</c>: it is no account.</exception>
    public static StoredAccount Read(byte[] text)
    {
        try
        {
            var kept = JsonSerializer.Deserialize(text.AsSpan(Math.Min(StampLength, text.Length)), AccountJson.Default.KeptAccount)
                ?? throw new JsonException("null");
            return new StoredAccount(
                new BudgetAccount
                {
                    Spent = kept.Spent.ToImmutableSortedDictionary(s => s.Day, s => s.Amount),
                    Open = kept.Open.ToImmutableDictionary(
                        o => new LoopId(o.Loop),
                        o => new OpenAllotment(o.Lease, o.Granted, o.Day) { Counted = o.Counted }
                    ),
                },
                Encoding.ASCII.GetString(text, 0, StampLength)
            );
        }
        catch (Exception e) when (e is JsonException or ArgumentException or BadInputException)
        {
            throw new InfrastructureException(
                "budget-unavailable",
                $"what Redis keeps of a tenant's budget cannot be read ({e.Message}); delete the key and it is made anew from the ledgers",
                e
            );
        }
    }
}

internal sealed record KeptAccount(IReadOnlyList<KeptDay> Spent, IReadOnlyList<KeptAllotment> Open);

internal sealed record KeptDay(DateOnly Day, SpendAmount Amount);

internal sealed record KeptAllotment(string Loop, string Lease, SpendAmount Granted, SpendAmount Counted, DateOnly Day);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(KeptAccount))]
internal sealed partial class AccountJson : JsonSerializerContext;
