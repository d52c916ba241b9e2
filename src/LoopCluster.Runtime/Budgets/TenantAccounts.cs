using System.Collections.Concurrent;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Budgets;

/// <summary>Keeps the accounts of tenants that have ceilings. What may be drawn is <see cref="BudgetAccount"/>'s to say.</summary>
public sealed partial class TenantAccounts(
    IAccountStore store,
    TenantLimits limits,
    LoopRecords records,
    TimeProvider time,
    ILogger<TenantAccounts> logger
)
{
    /// <summary>Drivers of one process take turns: only other processes get in between.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>Whether loops of this tenant draw what they spend.</summary>
    public bool Has(string tenant) => limits.CeilingsOf(tenant).Any;

    public async ValueTask<AllotmentAnswer> DrawAsync(string tenant, AllotmentDraw draw, CancellationToken cancellationToken)
    {
        AllotmentAnswer answer = null!;
        await ChangeAsync(
                tenant,
                async account =>
                {
                    (var next, answer) = account.Draw(limits.CeilingsOf(tenant), Today, draw);
                    if (answer is { Refusal: not null, IsHeld: true })
                    {
                        // What loops held that are gone by now is there again.
                        next = await ReconciledAsync(next, cancellationToken).ConfigureAwait(false);
                        (next, answer) = next.Draw(limits.CeilingsOf(tenant), Today, draw);
                    }

                    return next;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return answer;
    }

    /// <summary>
    /// The loop rests or has ended, which its ledger says already. Where the account cannot be reached that is found out when somebody
    /// needs what it held.
    /// </summary>
    public async ValueTask CloseAsync(LoopState state)
    {
        var tenant = state.Created.Tenant;
        if (!state.Account && state.Allotment is null)
        {
            return;
        }

        try
        {
            await ChangeAsync(
                    tenant,
                    account => ValueTask.FromResult(account.Close(state.Id, state.Allotment, state.IsTerminal)),
                    CancellationToken.None
                )
                .ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            LogNotClosed(logger, e, state.Id.Value, tenant);
        }
    }

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private async ValueTask ChangeAsync(
        string tenant,
        Func<BudgetAccount, ValueTask<BudgetAccount>> change,
        CancellationToken cancellationToken
    )
    {
        var turn = _turns.GetOrAdd(tenant, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                var stored = await store.ReadAsync(tenant, cancellationToken).ConfigureAwait(false);
                var account = stored?.Account ?? await FromLedgersAsync(tenant, cancellationToken).ConfigureAwait(false);
                var next = await change(account).ConfigureAwait(false);
                if (
                    (stored is not null && ReferenceEquals(next, account))
                    || await store.TryWriteAsync(tenant, next, stored?.Stamp, cancellationToken).ConfigureAwait(false)
                )
                {
                    return;
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The account as all ledgers of the tenant together say.</summary>
    private async ValueTask<BudgetAccount> FromLedgersAsync(string tenant, CancellationToken cancellationToken)
    {
        var account = BudgetAccount.Empty;
        var first = new DateTimeOffset(Today.Year, Today.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var query = new LoopQuery
        {
            Tenant = tenant,
            Limit = LoopQuery.MostLoops,
            Brief = true,
        };
        while (true)
        {
            var page = await records.ListAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var loop in page.Loops.Where(l => l.Damage is null && (l.Updated >= first || !l.Status.IsFinal())))
            {
                if (await FindAsync(loop.Id, cancellationToken).ConfigureAwait(false) is { Report: { } report } record)
                {
                    account = account.With(
                        loop.Id,
                        report.Days.Where(d => d.Day >= DateOnly.FromDateTime(first.UtcDateTime)),
                        HeldBy(record)
                    );
                }
            }

            if (page.Next is not { } next)
            {
                return account;
            }

            query = query with { Cursor = next };
        }
    }

    /// <summary>Where no other process drives loops nobody holds anything yet: a new driver gives back what an older one held.</summary>
    private Allotment? HeldBy(LoopRecord record) => record.Summary.Status.IsFinal() || !store.IsShared ? null : record.Allotment;

    /// <summary>The account without the allotments of loops that have ended or given theirs back and could not say so here.</summary>
    private async ValueTask<BudgetAccount> ReconciledAsync(BudgetAccount account, CancellationToken cancellationToken)
    {
        foreach (var (loop, open) in account.Open)
        {
            if (
                await FindAsync(loop, cancellationToken).ConfigureAwait(false) is { } record
                && BudgetAccount.IsOver(open, record.Summary.Status.IsFinal(), record.Allotment)
            )
            {
                account = account.Close(loop, record.Allotment, ended: true);
            }
        }

        return account;
    }

    /// <summary>Of a damaged loop nothing is known: what it held stays held.</summary>
    private async ValueTask<LoopRecord?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        try
        {
            return await records.FindAsync(loop, cancellationToken).ConfigureAwait(false);
        }
        catch (LedgerCorruptException e)
        {
            LogDamaged(logger, e, loop.Value);
            return null;
        }
    }

    [LoggerMessage(
        EventId = 2140,
        Level = LogLevel.Warning,
        Message = "What loop {Loop} held of the budget of tenant {Tenant} could not be given back; it is found out when it is needed"
    )]
    private static partial void LogNotClosed(ILogger logger, Exception error, string loop, string tenant);

    [LoggerMessage(
        EventId = 2141,
        Level = LogLevel.Warning,
        Message = "Loop {Loop} is damaged; what it held of its tenant's budget stays held"
    )]
    private static partial void LogDamaged(ILogger logger, Exception error, string loop);
}
