using System.Collections.Frozen;
using System.Text.Json;

namespace LoopCluster.Runtime.Telemetry;

/// <summary>The stable names of enum members, as the ledger has them.</summary>
internal static class EnumNames
{
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.All[value];

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> All = Enum.GetValues<T>()
            .Distinct()
            .ToFrozenDictionary(v => v, v => JsonSerializer.SerializeToElement(v).GetString()!);
    }
}
