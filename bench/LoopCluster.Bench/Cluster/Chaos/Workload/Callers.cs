using System.Globalization;
using System.Text.Json;
using LoopCluster.Bench.Cluster.Chaos.Verification;
using LoopCluster.Bench.Cluster.Hosting.Clients;
using LoopCluster.Engine.Errors;

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
        var loop = new StartedLoop(plan, await client.StartAsync(plan.Spec, Key(plan, "start"), cancellationToken).ConfigureAwait(false));
        for (var message = 0; message < plan.Messages; message++)
        {
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble() * 3), cancellationToken).ConfigureAwait(false);
            var text = string.Create(CultureInfo.InvariantCulture, $"message {message} to number {plan.Number}");
            if (await TrySignalAsync(() => client.MessageAsync(loop.Id, text, Key(plan, text), cancellationToken)).ConfigureAwait(false))
            {
                loop.Messages.Add(text);
            }
        }

        if (plan.Ending == Ending.Cancelled)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 + (random.NextDouble() * 4)), cancellationToken).ConfigureAwait(false);
            await TrySignalAsync(() => client.CancelAsync(loop.Id, "as planned", Key(plan, "cancel"), cancellationToken)).ConfigureAwait(false);
        }

        if (plan.Asks)
        {
            await ApproveAsync(loop, cancellationToken).ConfigureAwait(false);
        }

        if (plan.Forked)
        {
            var parent = await WaitAsync(loop, show => show.GetProperty("status").GetString() != "running", cancellationToken).ConfigureAwait(false);
            loop.Forks.Add(await client.ForkAsync(loop.Id, parent.GetProperty("ledger").GetProperty("events").GetInt64() / 2, Key(plan, "fork"), cancellationToken).ConfigureAwait(false));
        }

        return loop;
    }

    /// <summary>Says yes as often as it is asked: what a broken disk kept from being done is asked about anew.</summary>
    private async Task ApproveAsync(StartedLoop loop, CancellationToken cancellationToken)
    {
        for (long answered = 0; ;)
        {
            var before = answered;
            var show = await WaitAsync(loop, show => show.GetProperty("status").GetString() != "running" && AskedIn(show) != before, cancellationToken).ConfigureAwait(false);
            if (AskedIn(show) is not { } asked)
            {
                return;
            }

            await TrySignalAsync(() => client.ApproveAsync(loop.Id, asked, Key(loop.Plan, string.Create(CultureInfo.InvariantCulture, $"approve {asked}")), cancellationToken)).ConfigureAwait(false);
            answered = asked;
        }
    }

    /// <summary>Entry that waits for an answer; null when none does.</summary>
    private static long? AskedIn(JsonElement show) =>
        show.TryGetProperty("waitingFor", out var waiting) && waiting.ValueKind == JsonValueKind.Object ? waiting.GetProperty("seq").GetInt64() : null;

    private async Task<JsonElement> WaitAsync(StartedLoop loop, Func<JsonElement, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var show = await client.ShowAsync(loop.Id, cancellationToken).ConfigureAwait(false);
            if (condition(show))
            {
                return show;
            }

            await Task.Delay(Glance, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>False when the loop has ended meanwhile, or waits for it no more. Whether that was right the reckoning says.</summary>
    private static async Task<bool> TrySignalAsync(Func<Task> signal)
    {
        try
        {
            await signal().ConfigureAwait(false);
            return true;
        }
        catch (BadInputException e) when (e.Message.Contains("loop-ended", StringComparison.Ordinal) || e.Message.Contains("approval-not-open", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private string Key(LoopPlan plan, string what) => string.Create(CultureInfo.InvariantCulture, $"chaos-{seed}-{plan.Number}-{what.Replace(' ', '-')}");
}
