using System.CommandLine;
using LoopCluster.Cli.Server;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>cancel</c>, <c>pause</c>, <c>message</c> and <c>approve</c>. The driver of a running loop takes the signal; for a parked one it is
/// only recorded, which calls no model and runs no tool, except that a cancelled loop is brought to its end.
/// </summary>
internal static class SignalCommands
{
    public static Command Cancel(CommonOptions options)
    {
        var id = LoopArgument.New();
        var reason = new Option<string?>("--reason") { Description = "Why, for the ledger", HelpName = "TEXT" };
        return new Command("cancel", "End a loop; returns when it has ended") { id, reason }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                var loop = await ResolveAsync(context, context.Get(id), cancellationToken).ConfigureAwait(false);
                var signal = new CancelSignal(NewId(), context.User, context.Get(reason) ?? "");
                if (context.Server is { } server)
                {
                    await CancelAsync(server, loop, signal, cancellationToken).ConfigureAwait(false);
                    return Tell(context, loop, "cancelled", $"loop {loop} is cancelled");
                }

                await using var session = await context
                    .OpenAsync(ModelCatalog.Empty, [], drive: true, cancellationToken)
                    .ConfigureAwait(false);
                await session.Host.SignalAsync(loop, signal, cancellationToken).ConfigureAwait(false);
                await foreach (var line in session.Host.WatchAsync(loop, 1, cancellationToken).ConfigureAwait(false))
                {
                    // Ends with the terminal entry.
                    if (line.IsTerminal)
                    {
                        break;
                    }
                }

                return Tell(context, loop, "cancelled", $"loop {loop} is cancelled");
            });
    }

    public static Command Pause(CommonOptions options)
    {
        var id = LoopArgument.New();
        var reason = new Option<string?>("--reason") { Description = "Why, for the ledger", HelpName = "TEXT" };
        return new Command("pause", "Stop a loop for a while: what runs comes to its end, then nothing until 'loop resume'") { id, reason }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                var loop = await ResolveAsync(context, context.Get(id), cancellationToken).ConfigureAwait(false);
                var signal = new PauseSignal(NewId(), context.User, context.Get(reason) ?? "");
                if (context.Server is { } server)
                {
                    await server.Api.SignalAsync(loop, signal, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await using var session = await context
                        .OpenAsync(ModelCatalog.Empty, [], drive: false, cancellationToken)
                        .ConfigureAwait(false);
                    await session.RecordAsync(loop, signal, cancellationToken).ConfigureAwait(false);
                }

                return Tell(context, loop, "paused", $"loop {loop} pauses; {context.Hints.Of("resume", loop.Value)} goes on");
            });
    }

    public static Command Message(CommonOptions options)
    {
        var id = LoopArgument.New();
        var text = new Argument<string>("TEXT") { Description = "Reaches the model with the next request" };
        return new Command("message", "Tell a loop something") { id, text }
            .WithServer(options)
            .Does(options, (context, cancellationToken) =>
                RecordAsync(
                    context,
                    context.Get(id),
                    new MessageSignal(NewId(), context.User, context.Get(text)),
                    "recorded",
                    cancellationToken
                )
            );
    }

    public static Command Approve(CommonOptions options)
    {
        var id = LoopArgument.New();
        var seq = new Argument<long>("SEQ") { Description = "The entry that asked, as 'loop approvals' lists it" };
        var deny = new Option<bool>("--deny") { Description = "Refuse instead" };
        var reason = new Option<string?>("--reason") { Description = "Why; the model is told", HelpName = "TEXT" };
        return new Command("approve", "Answer what a loop waits for") { id, seq, deny, reason }
            .WithServer(options)
            .Does(options, (context, cancellationToken) =>
                RecordAsync(
                    context,
                    context.Get(id),
                    new ApprovalSignal(NewId(), context.User, context.Get(seq), !context.Get(deny), context.Get(reason)),
                    context.Get(deny) ? "denied" : "approved",
                    cancellationToken
                )
            );
    }

    private static async Task<int> RecordAsync(
        CommandContext context,
        string id,
        LoopSignal signal,
        string done,
        CancellationToken cancellationToken
    )
    {
        var loop = await ResolveAsync(context, id, cancellationToken).ConfigureAwait(false);
        if (context.Server is { } server)
        {
            await server.Api.SignalAsync(loop, signal, cancellationToken).ConfigureAwait(false);
            return Tell(context, loop, done, $"{done}; loop {loop} goes on with it");
        }

        await using var session = await context.OpenAsync(ModelCatalog.Empty, [], drive: false, cancellationToken).ConfigureAwait(false);
        await session.RecordAsync(loop, signal, cancellationToken).ConfigureAwait(false);
        return Tell(
            context,
            loop,
            done,
            session.IsHolder ? $"{done}; {context.Hints.Of("resume", loop.Value)} goes on" : $"{done}; loop {loop} goes on with it"
        );
    }

    private static async Task CancelAsync(ServerLoops server, LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        await server.Api.SignalAsync(loop, signal, cancellationToken).ConfigureAwait(false);
        await foreach (var line in server.EventsAsync(loop, 1, follow: true, cancellationToken).ConfigureAwait(false))
        {
            // Ends with the terminal entry.
            if (line.IsTerminal)
            {
                break;
            }
        }
    }

    internal static async ValueTask<LoopId> ResolveAsync(CommandContext context, string id, CancellationToken cancellationToken)
    {
        if (context.Server is { } server)
        {
            return await server.ResolveAsync(id, cancellationToken).ConfigureAwait(false);
        }

        await using var reading = context.Read();
        return await CommandContext.ResolveAsync(reading.Ledger, id, cancellationToken).ConfigureAwait(false);
    }

    private static int Tell(CommandContext context, LoopId loop, string done, string words)
    {
        if (context.Io.Json)
        {
            context.Io.WriteJson(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("id", loop.Value);
                writer.WriteString("done", done);
                writer.WriteEndObject();
            });
        }
        else
        {
            context.Io.Say(words, whole: true);
        }

        return 0;
    }

    private static string NewId() => Guid.NewGuid().ToString("n");
}
