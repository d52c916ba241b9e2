using System.Globalization;

namespace LoopCluster.Ledgers.File.Files;

/// <summary>
/// Names of segment files: <c>ledger/0000000001.jsonl</c> and so on; audit copies have the same names under <c>audit/</c>.
/// </summary>
internal static class SegmentFiles
{
    private const string Extension = ".jsonl";

    public static string Name(int number) => number.ToString("D10", CultureInfo.InvariantCulture) + Extension;

    /// <summary>Numbers of the segments in a directory, ascending. Other files are none of the ledger's business.</summary>
    public static List<int> List(IFileLayer files, string directory)
    {
        var numbers = new List<int>();
        foreach (var name in files.List(directory))
        {
            if (
                name.Length == 10 + Extension.Length
                && name.EndsWith(Extension, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(0, 10), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number > 0
            )
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }
}
