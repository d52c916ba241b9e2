using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Models;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop review [ls|accept|reject]</c>: what people say of verified loops afterwards.</summary>
internal static class ReviewCommand
{
    public static Command Create(CommonOptions options)
    {
        var command = List(options, "review", "List verified loops that the sample chose, and say whether their gates were right");
        command.Add(List(options, "ls", "List the review queue, newest first"));
        command.Add(Answer(options, "accept", ReviewVerdict.Accepted, "The gates were right"));
        command.Add(Answer(options, "reject", ReviewVerdict.Rejected, "The gates should not have passed it: counted as their false pass"));
        return command;
    }

    private static Command List(CommonOptions options, string name, string description)
    {
        var done = new Option<bool>("--done") { Description = "Those that were reviewed" };
        var all = new Option<bool>("--all") { Description = "Open and reviewed ones" };
        return new Command(name, description) { done, all }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                var state =
                    context.Get(all) ? ReviewState.All
                    : context.Get(done) ? ReviewState.Done
                    : ReviewState.Open;
                await using var source = context.OpenSource();
                var reviews = await source.ReviewsAsync(state, cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    context.Io.WriteJson(writer =>
                        System.Text.Json.JsonSerializer.Serialize(writer, new ReviewList(reviews), WireJson.Default.ReviewList)
                    );
                    return 0;
                }

                foreach (var review in reviews)
                {
                    Say(context, review);
                }

                if (reviews.Count == 0)
                {
                    context.Io.Note(state == ReviewState.Open ? "nothing is to be reviewed" : "nothing was reviewed");
                }

                return 0;
            });
    }

    private static void Say(CommandContext context, ReviewItem review)
    {
        var io = context.Io;
        var verified = review.Verified.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        io.Say($"loop {review.Id}, verified {verified} by {TerminalText.Clean(string.Join(", ", review.Gates))}", whole: true);
        io.Say($"  goal      {TerminalText.Line(review.Goal ?? "", 200)}");
        if (review.Review is { } said)
        {
            var why = said.Reason is { } reason ? $": {TerminalText.Line(reason, 300)}" : "";
            io.Say($"  {Names.Of(said.Verdict)}  by {TerminalText.Line(said.By, 80)}{why}");
            return;
        }

        io.Say($"  look      {context.Hints.Of("diff", review.Id)}", whole: true);
        io.Say($"  answer    {context.Hints.Of("review accept", review.Id)}   (or reject, with --reason)", whole: true);
    }

    private static Command Answer(CommonOptions options, string name, ReviewVerdict verdict, string description)
    {
        var id = LoopArgument.New();
        var reason = new Option<string?>("--reason")
        {
            Description = "Why, for the audit log",
            HelpName = "TEXT",
            Required = verdict == ReviewVerdict.Rejected,
        };
        return new Command(name, description) { id, reason }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                var loop = await SignalCommands.ResolveAsync(context, context.Get(id), cancellationToken).ConfigureAwait(false);
                ReviewItem review;
                if (context.Server is { } server)
                {
                    review = await server.Api.ReviewAsync(loop, verdict, context.Get(reason), cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await using var session = await context
                        .OpenAsync(ModelCatalog.Empty, [], drive: false, cancellationToken)
                        .ConfigureAwait(false);
                    review = await session
                        .ReviewAsync(loop, verdict, context.Get(reason), context.User, cancellationToken)
                        .ConfigureAwait(false);
                }

                if (context.Io.Json)
                {
                    context.Io.WriteJson(writer => System.Text.Json.JsonSerializer.Serialize(writer, review, WireJson.Default.ReviewItem));
                }
                else
                {
                    context.Io.Say(
                        $"{Names.Of(verdict)}; {context.Hints.Of("gates")} counts it beside {TerminalText.Clean(string.Join(", ", review.Gates))}",
                        whole: true
                    );
                }

                return 0;
            });
    }
}
