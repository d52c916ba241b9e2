using System.Collections.Immutable;
using System.Globalization;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Budgets;

/// <summary>
/// What the loops of a tenant have spent and hold: a cache of what their ledgers say. Loops draw allotments from it before they spend, and
/// spend within them, so that all together never pass a ceiling however many run at once.
/// </summary>
public sealed record BudgetAccount
{
    /// <summary>An allotment is for at most so many calls like the one that needs it.</summary>
    private const int MostCalls = 4;

    /// <summary>
    /// No allotment takes more than this part of what is left, unless a single call needs it: near the ceiling they shrink to one.
    /// </summary>
    private const int SmallestPart = 16;

    public static readonly BudgetAccount Empty = new();

    /// <summary>What was settled, by day.</summary>
    public ImmutableSortedDictionary<DateOnly, SpendAmount> Spent { get; init; } = ImmutableSortedDictionary<DateOnly, SpendAmount>.Empty;

    /// <summary>What loops may still spend, by loop: one allotment each.</summary>
    public ImmutableDictionary<LoopId, OpenAllotment> Open { get; init; } = ImmutableDictionary<LoopId, OpenAllotment>.Empty;

    /// <summary>What all of them hold.</summary>
    public SpendAmount Held => Open.Values.Aggregate(SpendAmount.None, (sum, o) => sum + (o.Granted - o.Counted).AtLeast(SpendAmount.None));

    /// <summary>
    /// Exchanges what the loop has left for a new allotment. The same request again, by a driver that does not know whether it was heard,
    /// is answered as before.
    /// </summary>
    public (BudgetAccount Account, AllotmentAnswer Answer) Draw(BudgetCeilings ceilings, DateOnly today, AllotmentDraw draw)
    {
        if (Open.TryGetValue(draw.Loop, out var open) && open.Lease == draw.Lease)
        {
            return (this, AllotmentAnswer.Of(open));
        }

        if (open is not null && Order(open.Lease).CompareTo(Order(draw.Lease)) > 0)
        {
            // A driver that was stopped while another took the loop: its ledger will tell it so.
            return (this, AllotmentAnswer.Refused("another driver of the loop holds an allotment", true));
        }

        var account = Close(draw.Loop, draw.Before, ended: true).WithoutOld(today);
        var left = BudgetRoom.Of(account, ceilings, today);
        if (!left.Amount.Covers(draw.Need))
        {
            return (account, AllotmentAnswer.Refused(left.Refusal(account, draw.Need), account.Open.Count > 0));
        }

        var granted = (draw.Wish * MostCalls).AtMost(left.Amount / SmallestPart).AtLeast(draw.Wish.AtMost(left.Amount)).AtLeast(draw.Need);
        var drawn = new OpenAllotment(draw.Lease, granted, today);
        return (account with { Open = account.Open.SetItem(draw.Loop, drawn) }, AllotmentAnswer.Of(drawn));
    }

    /// <summary>
    /// The loop holds nothing any more. What it spent of its allotment is known where its ledger has the allotment; one that it never heard
    /// of was not spent.
    /// </summary>
    /// <param name="ended">Nobody drives it any more. Otherwise one that is newer than what is known is another driver's.</param>
    public BudgetAccount Close(LoopId loop, Allotment? known, bool ended)
    {
        if (!Open.TryGetValue(loop, out var open) || (!ended && known is not null && Order(open.Lease).CompareTo(Order(known.Lease)) > 0))
        {
            return this;
        }

        var spent = known?.Lease == open.Lease ? (known.Spent - open.Counted).AtLeast(SpendAmount.None) : SpendAmount.None;
        return this with
        {
            Open = Open.Remove(loop),
            Spent = spent == SpendAmount.None ? Spent : Spent.SetItem(open.Day, Spent.GetValueOrDefault(open.Day) + spent),
        };
    }

    /// <summary>Whether an allotment is to be closed that its loop may not have given back here.</summary>
    /// <param name="ended">The loop has ended.</param>
    /// <param name="known">The allotment that its ledger has.</param>
    public static bool IsOver(OpenAllotment open, bool ended, Allotment? known) =>
        ended
        || (known is not null && (known.Lease == open.Lease ? known.IsReturned : Order(open.Lease).CompareTo(Order(known.Lease)) < 0));

    /// <summary>The account with what a loop's ledger says, where nothing else is known of the loop.</summary>
    public BudgetAccount With(LoopId loop, IEnumerable<SpendDay> days, Allotment? held)
    {
        var spent = Spent;
        foreach (var day in days)
        {
            spent = spent.SetItem(day.Day, spent.GetValueOrDefault(day.Day) + new SpendAmount(day.TokensIn + day.TokensOut, day.Cost));
        }

        // What was spent of an open allotment is among the days already.
        return this with
        {
            Spent = spent,
            Open = held is { IsReturned: false }
                ? Open.SetItem(loop, new OpenAllotment(held.Lease, held.Granted, held.Day) { Counted = held.Spent })
                : Open,
        };
    }

    /// <summary>Leases are named by epoch and entry, and so in the order in which they were asked for.</summary>
    private static (int Epoch, long Seq) Order(string lease) =>
        lease.Split('-') is [var epoch, var seq]
        && int.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var e)
        && long.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture, out var s)
            ? (e, s)
            : default;

    /// <summary>Without the days that no ceiling looks at any more, by whichever clock of the deployment.</summary>
    private BudgetAccount WithoutOld(DateOnly today)
    {
        var first = new DateOnly(today.Year, today.Month, 1).AddMonths(-1);
        return Spent.Keys.FirstOrDefault(DateOnly.MaxValue) < first
            ? this with
            {
                Spent = Spent.RemoveRange(Spent.Keys.Where(d => d < first).ToArray()),
            }
            : this;
    }
}

/// <summary>What a loop holds of an account, and since which day.</summary>
public sealed record OpenAllotment(string Lease, SpendAmount Granted, DateOnly Day)
{
    /// <summary>Of it, what has been spent and is counted as such.</summary>
    public SpendAmount Counted { get; init; }
}
