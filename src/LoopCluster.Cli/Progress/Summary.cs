using System.Globalization;
using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using Spectre.Console;

namespace LoopCluster.Cli.Progress;

/// <summary>How a loop stands and what to do next, compact.</summary>
internal static class Summary
{
    public static void Write(IAnsiConsole console, LoopReport report, CommandContext context)
    {
        var width = ReferenceEquals(console, context.Io.Words) ? context.Io.Width : context.Io.NotesWidth;
        var good = report.Status == LoopStatus.Verified;
        var calm = report.Status is LoopStatus.Running or LoopStatus.Waiting or LoopStatus.Parked or LoopStatus.Paused or LoopStatus.Queued;
        console.WriteLine();
        console.Write(
            new Text(
                Names.Of(report.Status),
                new Style(
                    good ? Color.Green
                        : calm ? Color.Yellow
                        : Color.Red,
                    decoration: Decoration.Bold
                )
            )
        );
        console.Write(new Text($"  loop {report.Id}"));
        console.WriteLine();
        foreach (var (name, value) in Rows(report, context.Hints, context.Server is not null))
        {
            // A command or path is to be pasted: the terminal may break it, a line end may not.
            var whole = name is "next" or "proof" or "branch" || value.StartsWith(CommandHints.Program + " ", StringComparison.Ordinal);
            foreach (
                var (index, line) in (
                    whole || width is not { } columns
                        ? [TerminalText.Clean(value)]
                        : TerminalText.Wrap(TerminalText.Clean(value), Math.Max(20, columns - 12))
                ).Index()
            )
            {
                console.Write(new Text($"  {(index == 0 ? name : ""), -10}", new Style(Color.Grey)));
                console.Write(new Text(line));
                console.WriteLine();
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> Rows(LoopReport report, CommandHints hints, bool remote)
    {
        if (report.Reason is { } reason)
        {
            yield return ("why", hints.Complete(reason));
        }

        if (report.WaitingFor is { } waiting)
        {
            yield return ("waits for", WaitsFor(waiting));
            foreach (var weighed in waiting.Reasons ?? [])
            {
                yield return ("because", weighed);
            }
        }

        foreach (var gate in report.Gates)
        {
            var outcome =
                gate.Passed ? "passed"
                : gate.Outcome is { } last ? Names.Of(last)
                : "not run";
            yield return (
                "gate",
                $"{gate.Name}: {outcome}{(gate.ExitCode is { } code ? $" (exit code {code.ToString(CultureInfo.InvariantCulture)})" : "")}{Flaky(gate)}{(gate.Tree is { } tree ? $" on tree {tree[..Math.Min(12, tree.Length)]}" : "")}"
            );
        }

        yield return ("change", Plural(report.Changes.Files, "file") + ", " + Plural(report.Changes.Lines, "line"));
        yield return (
            "spent",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Attempt:N0} of {Plural(report.Attempts, "attempt")}, {Plural(report.Turns, "turn")}, {report.Tokens.In:N0} tokens in, {report.Tokens.Out:N0} out, cost {report.Cost:0.######}{Assumed(report)}"
            )
        );
        yield return ("model", string.Join(", ", report.Models.Select(m => report.Models.Count == 1 ? m.Value : $"{m.Key}: {m.Value}")));
        yield return ("ledger", $"{report.Ledger.Events} entries, head {report.Ledger.Head[..16]}");
        if (report.Branch is { } branch)
        {
            yield return ("branch", report.Steps is { } steps ? $"{branch} (one commit), {steps} (every step)" : $"{branch} (one commit)");
        }

        if (report.Restored is [_, ..] restored)
        {
            yield return (
                "kept",
                $"{Plural(restored.Count, "protected file")} of the base, whatever the change did there: {TerminalText.Line(string.Join(", ", restored), 300)}"
            );
        }

        if (report.Proof is { } proof)
        {
            yield return ("proof", proof);
        }

        yield return ("next", Next(report, hints, remote));
        if (Then(report, hints, remote) is { } then)
        {
            yield return ("", then);
        }
    }

    private static string Next(LoopReport report, CommandHints hints, bool remote) =>
        report.Status switch
        {
            LoopStatus.Verified when report is { Branch: { } branch, Repository: { } repository } =>
                $"git -C {CommandHints.Quote(repository)} merge {branch}",
            LoopStatus.Verified when report.Branch is { } branch => $"git merge {branch}",
            LoopStatus.Verified => $"{hints.Of("diff", report.Id)} | git apply",
            LoopStatus.Parked or LoopStatus.Paused => hints.Of("resume", report.Id),
            LoopStatus.Running or LoopStatus.Queued when remote => hints.Of("events", report.Id, "--follow"),
            LoopStatus.Running or LoopStatus.Queued => hints.Of("resume", report.Id),
            LoopStatus.Waiting when report.WaitingFor is { Seq: > 0 and var asked } => hints.Of(
                "approve",
                report.Id,
                asked.ToString(CultureInfo.InvariantCulture)
            ),
            LoopStatus.BudgetExhausted or LoopStatus.Stuck => hints.Of(
                "fork",
                report.Id,
                "--at",
                report.Ledger.Events.ToString(CultureInfo.InvariantCulture),
                "--run"
            ),
            LoopStatus.Rejected or LoopStatus.GateUnavailable => "mend the task and run it again",
            LoopStatus.Unavailable when !remote => hints.Of("doctor"),
            _ => hints.Of("log", report.Id),
        };

    /// <summary>What the command of <see cref="Next"/> does, where that is not plain.</summary>
    private static string? Then(LoopReport report, CommandHints hints, bool remote) =>
        report.Status switch
        {
            LoopStatus.Verified when report.Branch is not null => $"or first: {hints.Of("diff", report.Id)}",
            LoopStatus.Waiting when remote => "or the same with --deny",
            LoopStatus.Waiting => $"or the same with --deny; then {hints.Of("resume", report.Id)}",
            LoopStatus.BudgetExhausted or LoopStatus.Stuck => "goes on from its last entry with a fresh budget; any entry will do",
            LoopStatus.Unavailable when !remote => "says what is missing",
            _ => null,
        };

    private static string Assumed(LoopReport report) =>
        report.Tokens.Assumed == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $" (of it assumed, no bill is known: {report.Tokens.Assumed:N0} tokens{(report.CostAssumed == 0 ? "" : $", cost {report.CostAssumed:0.######}")})"
            );

    private static string WaitsFor(ReportWaiting waiting)
    {
        static string At(DateTimeOffset? at) =>
            at is { } time ? time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";
        return waiting switch
        {
            { Seq: > 0, Tool: { } tool } => $"an answer to entry {waiting.Seq}: {tool} {waiting.Arguments}",
            { Seq: > 0 } => $"an answer to entry {waiting.Seq}: the change",
            { NextTry: { } next } =>
                $"the {waiting.Kind}, since {At(waiting.Since)}, next try {At(next)}, patience until {At(waiting.Until)}: {waiting.Reason}",
            { Kind: "person" } => $"a person, since {At(waiting.Since)}",
            _ => $"the {waiting.Kind}, since {At(waiting.Since)}",
        };
    }

    private static string Flaky(ReportGate gate) =>
        gate.Flake switch
        {
            { Quarantined: true } => ", in quarantine: flaky on the base",
            { Origin: FlakeOrigin.Base } => ", flaky: red before, as on the base",
            { Origin: FlakeOrigin.Change } => ", flaky: red before, which the base never was",
            _ => gate.Flaky ? ", flaky: red before" : "",
        };

    private static string Plural(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");
}
