using System.Text;

namespace LoopCluster.TestKit.Api;

/// <summary>Where to alter an entry so that its line is still read, and is not what was sealed.</summary>
public static class LineDamage
{
    private const string Epoch = "\"epoch\":";

    public const byte Altered = (byte)'7';

    /// <summary>Position of the digit after the line's <c>"epoch":</c>, or -1 when the line is not among these.</summary>
    public static int Find(ReadOnlySpan<byte> lines, string loop, long seq)
    {
        var text = Encoding.Latin1.GetString(lines);
        var line = text.IndexOf($"{{\"loop\":\"{loop}\",\"seq\":{seq},", StringComparison.Ordinal);
        return line < 0 ? -1 : text.IndexOf(Epoch, line, StringComparison.Ordinal) + Epoch.Length;
    }
}
