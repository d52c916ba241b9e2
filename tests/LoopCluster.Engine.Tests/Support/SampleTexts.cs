using System.Globalization;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Texts of the kinds that tools print, of any length.</summary>
internal static class SampleTexts
{
    private const string Source =
        "The gate failed because the parser does not take an empty list; see README and the note above. Try it with a smaller input first, then look at what it prints. ";

    private const string Code =
        "    def read_line(self, source: TextIO) -> Optional[str]:\n        if not self.isOpen:\n            raise ValueError(f\"closed: {self.name!r}\")\n        return source.readline().rstrip(\"\\n\") or None\n\n";

    public static readonly IReadOnlyList<Func<int, int, string>> All = [Prose, Listing, Numbers, Hashes, Chinese, Emoji, Control, Signs];

    public static string Prose(int length, int seed) => Repeated(Source, length, seed);

    public static string Listing(int length, int seed) => Repeated(Code, length, seed);

    public static string Numbers(int length, int seed) =>
        Repeated(
            string.Join(' ', Enumerable.Range(1000 + seed, 40).Select(i => (i * 7919).ToString(CultureInfo.InvariantCulture))) + "\n",
            length,
            0
        );

    public static string Hashes(int length, int seed) =>
        Repeated(
            string.Concat(
                Enumerable
                    .Range(seed, 20)
                    .Select(i => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i))))
            ),
            length,
            0
        );

    public static string Chinese(int length, int seed) =>
        Repeated("\u6d4b\u8bd5\u5931\u8d25\u4e86\uff0c\u8bf7\u770b\u8f93\u51fa\u3002", length, seed);

    public static string Emoji(int length, int seed) => Repeated("\ud83d\ude00\ud83d\ude80\u2728", length, 0) + seed;

    public static string Control(int length, int seed) => new string((char)(1 + (seed % 7)), length);

    public static string Signs(int length, int seed) => Repeated("}{\"[]\\<>!?;:|&=+-*/%^~", length, seed);

    private static string Repeated(string text, int length, int seed)
    {
        var start = seed % text.Length;
        while (char.IsLowSurrogate(text[start]))
        {
            start--;
        }

        var all = string.Concat(Enumerable.Repeat(text, (length / text.Length) + 2)).Substring(start, length);
        return all.Length > 0 && char.IsHighSurrogate(all[^1]) ? all[..^1] : all;
    }
}
