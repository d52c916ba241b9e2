using System.CommandLine;
using System.Text.Json;
using LoopCluster.Cli.Server;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop resume [ID]</c>: goes on with a parked loop, or with all of them.</summary>
internal static class ResumeCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = new Argument<string?>("ID")
        {
            Description = "The loop; without it every loop that is parked and waits for nobody",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("resume", "Go on with a parked or paused loop, or with all that wait for nobody") { id }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                if (context.Server is { } server)
                {
                    return await ResumeAtAsync(context, server, context.Find(id), cancellationToken).ConfigureAwait(false);
                }

                var found = await FindAsync(context, context.Find(id), cancellationToken).ConfigureAwait(false);
                var models = context.LoadModels();
                if (context.Find(id) is not null)
                {
                    var one = await DriveAsync(context, models, found[0], cancellationToken).ConfigureAwait(false);
                    return one is null ? context.Interrupts.ExitCode : RunCommand.Finish(context, one);
                }

                if (found.Count == 0)
                {
                    context.Io.Note("no loop is parked here");
                }

                return await DriveAllAsync(context, models, found, cancellationToken).ConfigureAwait(false);
            });
    }

    /// <summary>Goes on with one loop until it ends or waits; null when a signal came first.</summary>
    public static async Task<LoopReport?> DriveAsync(
        CommandContext context,
        ModelCatalog models,
        LoopState state,
        CancellationToken cancellationToken
    )
    {
        await using var run = new LoopRun(context, models, KeysOf(state));
        return await DriveAsync(run, state, cancellationToken).ConfigureAwait(false);
    }

    private static Task<LoopReport?> DriveAsync(LoopRun run, LoopState state, CancellationToken cancellationToken) =>
        run.RunAsync(state.Id, (session, stop) => session.Host.ResumeAsync(state.Id, stop), cancellationToken);

    private static IReadOnlyList<string?> KeysOf(LoopState state) =>
        [
            .. state.Created.Models.Values.Select(m => m.KeyEnv),
            .. state.Created.Models.Values.SelectMany(m => m.Dialect?.HeaderVariables() ?? []),
        ];

    private static async Task<int> DriveAllAsync(
        CommandContext context,
        ModelCatalog models,
        IReadOnlyList<LoopState> loops,
        CancellationToken cancellationToken
    )
    {
        // The first to open the directory holds it, to the end of the last; the others reach it over its socket.
        var keys = loops.SelectMany(KeysOf).Distinct().ToArray();
        var runs = loops.Select(l => new LoopRun(context, models, keys) { Prefix = $"[{l.Id}] " }).ToArray();
        LoopReport?[] reports;
        try
        {
            reports = await Task.WhenAll(runs.Zip(loops, (run, loop) => DriveAsync(run, loop, cancellationToken))).ConfigureAwait(false);
        }
        finally
        {
            foreach (var run in runs)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }

        return FinishAll(context, reports);
    }

    /// <summary>The server drives; from here the loops are followed.</summary>
    private static async Task<int> ResumeAtAsync(
        CommandContext context,
        ServerLoops server,
        string? id,
        CancellationToken cancellationToken
    )
    {
        if (id is not null)
        {
            var report = await ResumeAtAsync(
                    context,
                    server,
                    await server.ResolveAsync(id, cancellationToken).ConfigureAwait(false),
                    "",
                    cancellationToken
                )
                .ConfigureAwait(false);
            return report is null ? context.Interrupts.ExitCode : RunCommand.Finish(context, report);
        }

        // What runs there is driven already.
        var parked = (await server.ListAsync(cancellationToken).ConfigureAwait(false)).Where(l => l.Status == LoopStatus.Parked).ToList();
        if (parked.Count == 0)
        {
            context.Io.Note($"no loop of this tenant is parked at {server.Url}");
        }

        return FinishAll(
            context,
            await Task.WhenAll(parked.Select(l => ResumeAtAsync(context, server, l.Id, $"[{l.Id}] ", cancellationToken)))
                .ConfigureAwait(false)
        );
    }

    private static async Task<LoopReport?> ResumeAtAsync(
        CommandContext context,
        ServerLoops server,
        LoopId loop,
        string prefix,
        CancellationToken cancellationToken
    )
    {
        var before = await server.ReportAsync(loop, cancellationToken).ConfigureAwait(false);
        if (before.Status.IsFinal())
        {
            return before;
        }

        await server
            .Api.SignalAsync(loop, new ResumeSignal(Guid.NewGuid().ToString("n"), context.User), cancellationToken)
            .ConfigureAwait(false);
        return await new ServerRun(context, server, prefix)
            .FollowAsync(loop, cancellationToken, before.Ledger.Events)
            .ConfigureAwait(false);
    }

    private static int FinishAll(CommandContext context, IReadOnlyList<LoopReport?> reports)
    {
        if (reports.Contains(null))
        {
            return context.Interrupts.ExitCode;
        }

        if (context.Io.Json)
        {
            context.Io.WriteJson(writer =>
            {
                writer.WriteStartArray();
                foreach (var report in reports)
                {
                    JsonSerializer.Serialize(writer, report!, ReportJson.Default.LoopReport);
                }

                writer.WriteEndArray();
            });
        }

        foreach (var report in reports)
        {
            Progress.Summary.Write(context.Io.Words, report!, context);
        }

        return reports.Select(r => r!.ExitCode ?? ExitCodes.Verified).FirstOrDefault(code => code != ExitCodes.Verified);
    }

    private static async ValueTask<IReadOnlyList<LoopState>> FindAsync(
        CommandContext context,
        string? id,
        CancellationToken cancellationToken
    )
    {
        await using var reading = context.Read();
        var loader = new LoopLoader(reading.Ledger);
        if (id is not null)
        {
            var loop = await CommandContext.ResolveAsync(reading.Ledger, id, cancellationToken).ConfigureAwait(false);
            return [await loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop)];
        }

        var parked = new List<LoopState>();
        await foreach (var summary in reading.Records.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (
                summary.Status is LoopStatus.Running or LoopStatus.Parked or LoopStatus.Queued
                && await loader.LoadAsync(summary.Id, cancellationToken).ConfigureAwait(false) is { } state
            )
            {
                parked.Add(state);
            }
        }

        return parked;
    }
}
