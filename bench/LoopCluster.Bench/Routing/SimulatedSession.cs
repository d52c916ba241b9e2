namespace LoopCluster.Bench.Routing;

/// <summary>A loop as a server sees it: a prompt that grows with every turn, and a pause after each while its tool runs.</summary>
internal sealed class SimulatedSession(int number, bool isHot, int turns)
{
    public const int ReplyTokens = 250;
    private const int Head = 4_000;

    private int _turn;

    public string Name { get; } = $"loop-{number}/make";

    /// <summary>Mean seconds between a reply and the next request.</summary>
    public double Pause => isHot ? 0.5 : 14;

    public long Prompt => Head + ((long)_turn * (isHot ? 2_500 : 1_200));

    public bool GoesOn => _turn < turns;

    public string? Last { get; private set; }

    public double At { get; private set; }

    public List<double> Seconds { get; } = [];

    public long PromptTokens { get; private set; }

    public long CachedTokens { get; private set; }

    public void Replied(string url, double now, double seconds, long cached, long prompt)
    {
        (Last, At) = (url, now);
        _turn++;
        Seconds.Add(seconds);
        PromptTokens += prompt;
        CachedTokens += cached;
    }
}
