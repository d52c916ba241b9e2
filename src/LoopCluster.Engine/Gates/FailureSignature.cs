using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// A failure without what changes from run to run: numbers, hexadecimal addresses and white space are folded, so that two runs of the same
/// failure have the same signature.
/// </summary>
internal static class FailureSignature
{
    public static string Of(GateCompleted gate) =>
        Hash($"{gate.Gate}\n{gate.Outcome}\n{gate.ExitCode}\n{Fold(gate.Output.Text ?? WholeLines(gate.Output))}");

    public static string Of(string reason) => Hash(Fold(reason));

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    /// <summary>Where an output was cut depends on the length of the numbers before it: the two lines at the cut are left out.</summary>
    private static string WholeLines(OutputText output)
    {
        var (head, tail) = (output.Head ?? "", output.Tail ?? "");
        var (headEnd, tailStart) = (head.LastIndexOf('\n'), tail.IndexOf('\n'));
        return $"{(headEnd < 0 ? head : head[..headEnd])}\n{(tailStart < 0 ? tail : tail[(tailStart + 1)..])}";
    }

    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiDigit(c))
            {
                folded.Append('#');
                while (i + 1 < text.Length && (char.IsAsciiHexDigit(text[i + 1]) || text[i + 1] is '.' or 'x'))
                {
                    i++;
                }
            }
            else if (char.IsWhiteSpace(c))
            {
                if (folded.Length > 0 && folded[^1] != ' ')
                {
                    folded.Append(' ');
                }
            }
            else
            {
                folded.Append(c);
            }
        }

        return folded.ToString();
    }
}
