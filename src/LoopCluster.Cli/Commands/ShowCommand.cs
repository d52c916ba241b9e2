using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Reports;
using Spectre.Console;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop show ID</c>.</summary>
internal static class ShowCommand
{
    private const int Width = 160;

    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        return new Command("show", "Show how a loop stands and what each attempt did") { id }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
                var report = await source.ReportAsync(loop, cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    context.Io.WriteJson(report.ToJson());
                    return 0;
                }

                Summary.Write(context.Io.Words, report, context);
                WriteAttempts(context.Io.Words, report);
                return 0;
            });
    }

    internal static void WriteAttempts(IAnsiConsole console, LoopReport report)
    {
        console.WriteLine();
        foreach (var attempt in report.Log)
        {
            Write(console, attempt);
        }
    }

    private static void Write(IAnsiConsole console, ReportAttempt attempt)
    {
        console.Write(new Text($"attempt {attempt.Attempt}: ", new Style(decoration: Decoration.Bold)));
        console.WriteLine(attempt.GateStatus ?? "no gate ran");
        console.WriteLine("  did    " + TerminalText.Line(attempt.Action, Width));
        if (attempt.Error is { } error)
        {
            foreach (var line in TerminalText.Tail(error, 20))
            {
                console.WriteLine("  | " + line);
            }
        }
    }
}
