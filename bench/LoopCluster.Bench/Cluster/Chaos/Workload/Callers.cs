using System.Globalization;
using System.Text;
using LoopCluster.Bench.Cluster.Chaos.Verification;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Bench.Cluster.Chaos.Workload;

/// <summary>Starts the loops of a run one after the other, and sends some of them messages and cancels while they run.</summary>
internal sealed class Callers(LoopClient client, TimeSpan duration, int seed)
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);

    /// <summary>Done when every loop was started and every signal was answered.</summary>
    public async Task<IReadOnlyList<StartedLoop>> StartAsync(IReadOnlyList<LoopPlan> plans, CancellationToken cancellationToken)
    {
        var between = duration / Math.Max(1, plans.Count);
        var callers = new List<Task<StartedLoop>>();
        foreach (var plan in plans)
        {
            callers.Add(CallAsync(plan, cancellationToken));
            await Task.Delay(between, cancellationToken).ConfigureAwait(false);
        }

        return await Task.WhenAll(callers).ConfigureAwait(false);
    }

    private async Task<StartedLoop> CallAsync(LoopPlan plan, CancellationToken cancellationToken)
    {
        var random = new Random(unchecked((seed * 7919) + plan.Number));
        var loop = new StartedLoop(
            plan,
            (
                await client
                    .CreateAsync(Encoding.UTF8.GetBytes(plan.Spec.ToJsonString()), cancellationToken, Key(plan, "start"))
                    .ConfigureAwait(false)
            ).Id
        );
        var id = new LoopId(loop.Id);
        for (var message = 0; message < plan.Messages; message++)
        {
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * 3), cancellationToken).ConfigureAwait(false);
            var text = string.Create(CultureInfo.InvariantCulture, $"message {message} to number {plan.Number}");
            if (
                await TrySignalAsync(() => client.SignalAsync(id, new MessageSignal(Key(plan, text), "", text), cancellationToken))
                    .ConfigureAwait(false)
            )
            {
                loop.Messages.Add(text);
            }
        }

        if (plan.Ending == Ending.Cancelled)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (random.NextDouble() * 4)), cancellationToken).ConfigureAwait(false);
            await TrySignalAsync(() => client.SignalAsync(id, new CancelSignal(Key(plan, "cancel"), "", "as planned"), cancellationToken))
                .ConfigureAwait(false);
        }

        if (plan.Asks)
        {
            await ApproveAsync(loop, cancellationToken).ConfigureAwait(false);
        }

        if (plan.Forked)
        {
            var parent = await WaitAsync(loop, show => show.Status != LoopStatus.Running, cancellationToken).ConfigureAwait(false);
            loop.Forks.Add(
                (await client.ForkAsync(id, parent.Ledger.Events / 2, cancellationToken, Key(plan, "fork")).ConfigureAwait(false)).Id
            );
        }

        return loop;
    }

    /// <summary>Says yes as often as it is asked: what a broken disk kept from being done is asked about anew.</summary>
    private async Task ApproveAsync(StartedLoop loop, CancellationToken cancellationToken)
    {
        for (long answered = 0; ; )
        {
            var before = answered;
            var show = await WaitAsync(loop, show => show.Status != LoopStatus.Running && show.WaitingFor?.Seq != before, cancellationToken)
                .ConfigureAwait(false);
            if (show.WaitingFor?.Seq is not { } asked)
            {
                return;
            }

            await TrySignalAsync(() =>
                    client.SignalAsync(
                        new LoopId(loop.Id),
                        new ApprovalSignal(
                            Key(loop.Plan, string.Create(CultureInfo.InvariantCulture, $"approve {asked}")),
                            "",
                            asked,
                            true,
                            null
                        ),
                        cancellationToken
                    )
                )
                .ConfigureAwait(false);
            answered = asked;
        }
    }

    private async Task<LoopReport> WaitAsync(StartedLoop loop, Func<LoopReport, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var show = await client.GetAsync(new LoopId(loop.Id), cancellationToken).ConfigureAwait(false);
            if (condition(show))
            {
                return show;
            }

            await Task.Delay(Glance, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>False when the loop has ended meanwhile, or waits for it no more. Whether that was right the reckoning says.</summary>
    private static async Task<bool> TrySignalAsync(Func<ValueTask> signal)
    {
        try
        {
            await signal().ConfigureAwait(false);
            return true;
        }
        catch (BadInputException e) when (e.Code is "loop-ended" or "approval-not-open")
        {
            return false;
        }
    }

    private string Key(LoopPlan plan, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"chaos-{seed}-{plan.Number}-{what.Replace(' ', '-')}");
}
