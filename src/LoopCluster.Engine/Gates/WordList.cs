namespace LoopCluster.Engine.Gates;

/// <summary>Long lists of names, written as one text.</summary>
internal static class WordList
{
    public static IReadOnlySet<string> Of(string words) =>
        words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
}
