using System.Text.Json;

namespace LoopCluster.Cli.Output;

/// <summary>The stable kebab-case names of enum members, as JSON has them.</summary>
internal static class Names
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonSerializer.SerializeToElement(value).GetString()!;
}
