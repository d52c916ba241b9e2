using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Loops;

/// <summary>What the loop draws from its tenant's account.</summary>
public static partial class LoopFold
{
    private static LoopState OnAllotmentRequested(LoopState state, AllotmentRequested e) =>
        OpenFault(state, e) ?? state with { Open = new OpenIntent(e, state.Epoch, state.UpdatedAt) };

    private static LoopState OnAllotmentDrawn(LoopState state, AllotmentDrawn e) =>
        Expect<AllotmentRequested>(state, e, out var intent)
        ?? (
            e.Lease != intent.Lease ? Unfit(state, e, $"lease {intent.Lease} was asked for")
            : !e.Granted.Covers(intent.Need) ? Unfit(state, e, "it does not cover what was needed")
            : state with
            {
                Open = null,
                Allotment = new Allotment(e.Lease, e.Granted, e.Day),
                Uncovered = null,
                Outage = state.Outage?.Of == OutageOf.Budget ? null : state.Outage,
                NotBefore = default,
            }
        );

    /// <summary>The allotment before was given back with the request.</summary>
    private static LoopState OnAllotmentRefused(LoopState state, AllotmentRefused e, DateTimeOffset at)
    {
        if (Expect<AllotmentRequested>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        var outage = OutageRules.After(state, e, at);
        return state with
        {
            Open = null,
            Allotment = GivenBack(state).Allotment,
            Uncovered = intent.Need,
            Outage = outage,
            NotBefore = outage.NextTry,
        };
    }

    private static LoopState GivenBack(LoopState state) =>
        state.Allotment is { IsReturned: false } held ? state with { Allotment = held with { IsReturned = true } } : state;

    private static LoopState OnAllotmentReturned(LoopState state, AllotmentReturned e) =>
        state.Allotment is { IsReturned: false } open && open.Lease == e.Lease && open.Spent == e.Spent
            ? state with
            {
                Allotment = open with { IsReturned = true },
            }
            : Unfit(state, e, "the loop holds no such allotment");

    private static Allotment? Charged(Allotment? held, BudgetSpend before, BudgetSpend after) =>
        held is { IsReturned: false }
            ? held with
            {
                Spent = held.Spent + new SpendAmount(after.Tokens - before.Tokens, after.Cost - before.Cost),
            }
            : held;
}
