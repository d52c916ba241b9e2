using System.CommandLine;
using LoopCluster.Cli.Server;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop fork ID --at SEQ [--run]</c>: a new loop from the middle of another.</summary>
internal static class ForkCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        var at = new Option<long>("--at")
        {
            Description = "The entry whose state the new loop starts from",
            HelpName = "SEQ",
            Required = true,
        };
        var run = new Option<bool>("--run") { Description = "Drive it at once" };
        return new Command("fork", "Start a new loop from the middle of another, with a budget of its own") { id, at, run }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                if (context.Server is { } server)
                {
                    return await ForkAsync(context, server, context.Get(id), context.Get(at), context.Get(run), cancellationToken)
                        .ConfigureAwait(false);
                }

                var parent = await ParentAsync(context, context.Get(id), cancellationToken).ConfigureAwait(false);
                var models = context.LoadModels();
                LoopId fork;
                await using (var session = await context.OpenAsync(models, [], drive: false, cancellationToken).ConfigureAwait(false))
                {
                    fork = await session.ForkAsync(parent.Id, context.Get(at), run: false, cancellationToken).ConfigureAwait(false);
                }

                var code = 0;
                if (context.Get(run))
                {
                    var report = await ResumeCommand
                        .DriveAsync(context, models, parent with { Id = fork }, cancellationToken)
                        .ConfigureAwait(false);
                    code = report?.ExitCode ?? context.Interrupts.ExitCode;
                    if (report is not null)
                    {
                        Progress.Summary.Write(context.Io.Notes, report, context);
                    }
                }

                Write(context, parent.Id, fork, context.Get(at), context.Get(run));
                return code;
            });
    }

    /// <summary>The server drives the fork at once; with <c>--run</c> it is followed from here.</summary>
    private static async Task<int> ForkAsync(
        CommandContext context,
        ServerLoops server,
        string id,
        long at,
        bool run,
        CancellationToken cancellationToken
    )
    {
        var parent = await server.ResolveAsync(id, cancellationToken).ConfigureAwait(false);
        var fork = new LoopId((await server.Api.ForkAsync(parent, at, cancellationToken).ConfigureAwait(false)).Id);
        var report = run ? await new ServerRun(context, server).FollowAsync(fork, cancellationToken).ConfigureAwait(false) : null;
        if (report is not null)
        {
            Progress.Summary.Write(context.Io.Notes, report, context);
        }

        Write(context, parent, fork, at, run: true);
        return !run ? 0 : report?.ExitCode ?? context.Interrupts.ExitCode;
    }

    private static async ValueTask<LoopState> ParentAsync(CommandContext context, string id, CancellationToken cancellationToken)
    {
        await using var reading = context.Read();
        var loop = await CommandContext.ResolveAsync(reading.Ledger, id, cancellationToken).ConfigureAwait(false);
        return await new LoopLoader(reading.Ledger).LoadAsync(loop, cancellationToken).ConfigureAwait(false)
            ?? throw LoopStarter.UnknownLoop(loop);
    }

    private static void Write(CommandContext context, LoopId parent, LoopId fork, long seq, bool run)
    {
        if (!context.Io.Json)
        {
            context.Io.Say(
                $"loop {fork} goes on from entry {seq} of {parent}{(run ? "" : $"; {context.Hints.Of("resume", fork.Value)} drives it")}",
                whole: true
            );
            return;
        }

        context.Io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", fork.Value);
            writer.WriteString("parent", parent.Value);
            writer.WriteNumber("seq", seq);
            writer.WriteEndObject();
        });
    }
}
