using LoopCluster.Bench.Cluster.Chaos.Workload;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;

namespace LoopCluster.Bench.Cluster.Chaos.Verification;

/// <summary>What is wrong with one loop; nothing, if every list is empty.</summary>
internal sealed record LoopVerdict(int Number, string Loop)
{
    /// <summary>It did not end as it must, something acknowledged is not in its ledger, or the ledger is not whole.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Steps begun after their completion.</summary>
    public IReadOnlyList<string> Repeated { get; init; } = [];

    /// <summary>Ceilings passed.</summary>
    public IReadOnlyList<string> Overshoot { get; init; } = [];

    public bool Holds => Lost.Count == 0 && Repeated.Count == 0 && Overshoot.Count == 0;

    public override string ToString() => $"loop {Loop} (number {Number}): {string.Join("; ", Lost.Concat(Repeated).Concat(Overshoot))}";
}

/// <summary>Judges a loop by its ledger, its witnesses and its bill.</summary>
/// <param name="billOf">Tokens that the model billed to a loop.</param>
internal sealed class LoopJudge(RedisReader reader, WitnessBook book, Func<string, long> billOf)
{
    public async Task<LoopVerdict> JudgeAsync(StartedLoop loop, CancellationToken cancellationToken)
    {
        var verdict = new LoopVerdict(loop.Plan.Number, loop.Id);
        IReadOnlyList<LedgerEntry> entries;
        try
        {
            entries = await reader.ReadAsync(new LoopId(loop.Id), cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerCorruptException e)
        {
            return verdict with { Lost = [e.Message] };
        }

        if (entries.Count == 0)
        {
            return verdict with { Lost = ["it was acknowledged and has no ledger"] };
        }

        var replayer = new LoopReplayer(
            await new LoopLoader(reader.Ledger).BeginAsync(entries[0], cancellationToken).ConfigureAwait(false)
        );
        foreach (var entry in entries.Skip(1))
        {
            replayer.Next(entry);
        }

        return verdict with
        {
            Lost =
            [
                .. Ending(loop, replayer.State),
                .. Signals(loop, replayer.State),
                .. Twice(entries),
                .. replayer.Differences.Take(3).Select(difference => $"replay differs at entry {difference.Seq}: {difference.What}"),
            ],
            Repeated = [.. StepCheck.FindRepeats(entries, loop.Id, book)],
            Overshoot = [.. Bill(loop, replayer.State)],
        };
    }

    private static IEnumerable<string> Ending(StartedLoop loop, LoopState state)
    {
        var wanted = loop.Plan.Ending switch
        {
            Workload.Ending.Cancelled => LoopStatus.Cancelled,
            Workload.Ending.BudgetExhausted => LoopStatus.BudgetExhausted,
            _ => LoopStatus.Verified,
        };
        if (state.Status != wanted)
        {
            yield return $"it is {state.Status} ({state.StopReason ?? state.LastInfrastructureFailure?.Message ?? "no reason"}) after entry {state.Seq} and should be {wanted}";
        }
        else if (wanted == LoopStatus.Verified && state.Verified!.Tree != loop.Plan.Tree)
        {
            yield return $"it ended with the tree {state.Verified.Tree} and not {loop.Plan.Tree}";
        }

        if (state.Fault is { } fault)
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> Signals(StartedLoop loop, LoopState state) =>
        loop
            .Messages.Where(text => state.Messages.Count(message => message.Text == text) != 1)
            .Select(text => $"message '{text}' was acknowledged and is {state.Messages.Count(m => m.Text == text)} times in the ledger");

    /// <summary>The ledger itself completes nothing twice.</summary>
    private static IEnumerable<string> Twice(IReadOnlyList<LedgerEntry> entries) =>
        entries
            .SelectMany(entry => entry.Events)
            .OfType<ToolCompleted>()
            .GroupBy(completed => completed.Call)
            .Where(calls => calls.Count() > 1)
            .Select(calls => $"tool call {calls.Key} was completed {calls.Count()} times");

    private IEnumerable<string> Bill(StartedLoop loop, LoopState state)
    {
        var (billed, known) = (billOf(loop.Id), state.Spend.Tokens + state.Spend.ReservedTokens);
        if (known > loop.Plan.Tokens)
        {
            yield return $"{known} tokens settled or held back of {loop.Plan.Tokens}";
        }

        if (billed > known)
        {
            yield return $"{billed} tokens billed, the ledger knows of {known}";
        }
    }
}

/// <summary>A loop whose creation was acknowledged, and what else was.</summary>
internal sealed record StartedLoop(LoopPlan Plan, string Id, bool IsFork = false)
{
    /// <summary>Texts of acknowledged messages.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>Forks of it, which end as it does.</summary>
    public List<string> Forks { get; } = [];
}
