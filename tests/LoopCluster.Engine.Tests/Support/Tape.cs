namespace LoopCluster.Engine.Tests.Support;

/// <summary>
/// The choices of one simulated history. Where the tape has ended every choice is the first, harmless one, so that any history comes to an
/// end and a failing tape can be made shorter.
/// </summary>
internal sealed class Tape(byte[] choices)
{
    private int _next;

    public int Pick(int count) => _next < choices.Length ? choices[_next++] % count : 0;

    /// <summary>True in <paramref name="of256"/> of 256 cases; false at the end of the tape.</summary>
    public bool Chance(int of256) => _next < choices.Length && choices[_next++] is var choice && choice > 0 && choice <= of256;

    public T One<T>(params ReadOnlySpan<T> options) => options[Pick(options.Length)];

    public static Tape OfSeed(int seed, int length)
    {
        var choices = new byte[length];
        new Random(seed).NextBytes(choices);
        return new Tape(choices);
    }
}
