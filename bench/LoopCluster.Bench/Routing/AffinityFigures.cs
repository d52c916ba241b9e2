namespace LoopCluster.Bench.Routing;

/// <param name="HitRate">Share of prompt tokens that a cache had.</param>
/// <param name="LargestShare">Of the requests, those of the replica with the most.</param>
internal sealed record AffinityFigures(double HitRate, double P50Seconds, double P99Seconds, double LargestShare)
{
    public static AffinityFigures Of(IReadOnlyList<SimulatedSession> sessions, IEnumerable<SimulatedReplica> replicas)
    {
        var seconds = sessions.SelectMany(s => s.Seconds).Order().ToList();
        var served = replicas.Select(r => r.Served).ToList();
        return new AffinityFigures(
            Math.Round(sessions.Sum(s => s.CachedTokens) / (double)sessions.Sum(s => s.PromptTokens), 4),
            Math.Round(Measure.Percentile(seconds, 50), 2),
            Math.Round(Measure.Percentile(seconds, 99), 2),
            Math.Round(served.Max() / (double)served.Sum(), 3)
        );
    }
}
