using LoopCluster.Cli.Output;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Cli.Commands;

/// <summary>The reports that bills are made of.</summary>
internal static class LoopReports
{
    /// <param name="one">The id of one loop, or its beginning; null for all, without the damaged ones, which are told.</param>
    public static async Task<IReadOnlyList<LoopReport>> ReadAsync(
        CliIo io,
        ILoopSource source,
        string? one,
        CancellationToken cancellationToken
    )
    {
        if (one is not null)
        {
            var loop = await source.ResolveAsync(one, cancellationToken).ConfigureAwait(false);
            return [await source.ReportAsync(loop, cancellationToken).ConfigureAwait(false)];
        }

        var reports = new List<LoopReport>();
        foreach (var loop in await source.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (loop.Damage is { } damage)
            {
                io.Note($"left out: {damage}");
            }
            else
            {
                reports.Add(await source.ReportAsync(loop.Id, cancellationToken).ConfigureAwait(false));
            }
        }

        return reports;
    }
}
