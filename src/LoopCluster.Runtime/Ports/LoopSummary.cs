using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Runtime.Ports;

/// <summary>What a list shows of a loop, small enough to be kept beside its chain.</summary>
public sealed record LoopSummary(
    LoopId Id,
    string Tenant,
    LoopStatus Status,
    LoopStage Stage,
    int Attempt,
    int Turns,
    decimal Cost,
    DateTimeOffset Updated
)
{
    public DateTimeOffset Created { get; init; }

    /// <summary>0 for a loop that nobody has driven yet.</summary>
    public int Epoch { get; init; }

    /// <summary>Who drives it or did last.</summary>
    public string? Host { get; init; }

    /// <summary>
    /// What it shall achieve; null in a list that was asked to be <see cref="LoopQuery.Brief"/>, and where it cannot be read.
    /// </summary>
    public string? Goal { get; init; }

    /// <summary>
    /// What it waits for (<c>model</c>, <c>sandbox</c>, <c>gate</c>, <c>person</c>, <c>tool</c>, <c>change</c>); null when nothing.
    /// </summary>
    public string? WaitingFor { get; init; }

    public DateTimeOffset? WaitingSince { get; init; }

    public DateTimeOffset? NextTry { get; init; }

    /// <summary>
    /// Why nobody can tell how it stands: its ledger is damaged. The other members are then what could be read before that.
    /// </summary>
    public string? Damage { get; init; }

    public static LoopSummary Of(LoopState state)
    {
        var waiting = ReportWaiting.Of(state);
        return new LoopSummary(
            state.Id,
            state.Created.Tenant,
            state.Status,
            state.Stage ?? LoopStage.Discover,
            state.Attempt,
            state.Spend.Turns,
            state.Spend.Cost,
            state.UpdatedAt
        )
        {
            Created = state.CreatedAt,
            Epoch = state.Epoch,
            Goal = state.Spec.Goal,
            Host = state.Host,
            WaitingFor = waiting?.Kind,
            WaitingSince = waiting?.Since,
            NextTry = waiting?.NextTry,
        };
    }
}

/// <summary>Which loops to list. Null members select everything.</summary>
public sealed record LoopQuery
{
    public const int MostLoops = 1000;

    public string? Tenant { get; init; }

    public LoopStatus? Status { get; init; }

    /// <summary><see cref="LoopPage.Next"/> of the page before, else null.</summary>
    public string? Cursor { get; init; }

    /// <summary>1 to <see cref="MostLoops"/>. Default: 50.</summary>
    public int Limit { get; init; } = 50;

    /// <summary>Without goals: people read them, and a store may have to look them up. Default: false.</summary>
    public bool Brief { get; init; }

    /// <summary>True for a loop that belongs to this page or a later one.</summary>
    /// <exception cref="Engine.Errors.BadInputException"><c>bad-cursor</c>.</exception>
    public bool Selects(LoopSummary loop) =>
        (Tenant is null || loop.Tenant == Tenant)
        && (Status is null || loop.Status == Status)
        && (Cursor is null || LoopCursor.Of(loop).CompareTo(LoopCursor.Parse(Cursor)) < 0);
}

/// <param name="Loops">Newest first, by creation.</param>
/// <param name="Next">Cursor of the next page; null when this was the last.</param>
public sealed record LoopPage(IReadOnlyList<LoopSummary> Loops, string? Next);
