using System.Globalization;
using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting.Reports;
using Spectre.Console;

namespace LoopCluster.Cli.Progress;

/// <summary>How a loop stands and what to do next, compact.</summary>
internal static class Summary
{
    public static void Write(IAnsiConsole console, LoopReport report, CommandContext context)
    {
        var good = report.Status == LoopStatus.Verified;
        var calm = report.Status is LoopStatus.Running or LoopStatus.Waiting or LoopStatus.Parked or LoopStatus.Paused;
        console.WriteLine();
        console.Write(new Text(Names.Of(report.Status), new Style(good ? Color.Green : calm ? Color.Yellow : Color.Red, decoration: Decoration.Bold)));
        console.Write(new Text($"  loop {report.Id}"));
        console.WriteLine();
        foreach (var (name, value) in Rows(report, context.Hint, context.Server is not null))
        {
            console.Write(new Text($"  {name,-10}", new Style(Color.Grey)));
            console.Write(new Text(TerminalText.Clean(value)));
            console.WriteLine();
        }
    }

    private static IEnumerable<(string Name, string Value)> Rows(LoopReport report, string data, bool remote)
    {
        if (report.Reason is { } reason)
        {
            yield return ("why", reason);
        }

        if (report.WaitingFor is { } waiting)
        {
            yield return ("waits for", WaitsFor(waiting));
        }

        foreach (var gate in report.Gates)
        {
            var outcome = gate.Passed ? "passed" : gate.Outcome is { } last ? Names.Of(last) : "not run";
            yield return ("gate", $"{gate.Name}: {outcome}{(gate.ExitCode is { } code ? $" (exit code {code.ToString(CultureInfo.InvariantCulture)})" : "")}{(gate.Flaky ? ", flaky: red before" : "")}{(gate.Tree is { } tree ? $" on tree {tree[..Math.Min(12, tree.Length)]}" : "")}");
        }

        yield return ("change", Plural(report.Changes.Files, "file") + ", " + Plural(report.Changes.Lines, "line"));
        yield return ("spent", string.Create(CultureInfo.InvariantCulture,
            $"{Plural(report.Attempt, "attempt")}, {Plural(report.Turns, "turn")}, {report.Tokens.In:N0} tokens in, {report.Tokens.Out:N0} out, cost {report.Cost:0.######}{Assumed(report)}"));
        yield return ("model", string.Join(", ", report.Models.Select(m => report.Models.Count == 1 ? m.Value : $"{m.Key}: {m.Value}")));
        yield return ("ledger", $"{report.Ledger.Events} entries, head {report.Ledger.Head[..16]}");
        if (report.Branch is { } branch)
        {
            yield return ("branch", report.Steps is { } steps ? $"{branch} (one commit), {steps} (every step)" : $"{branch} (one commit)");
        }

        if (report.Restored is [_, ..] restored)
        {
            yield return ("kept", $"{Plural(restored.Count, "protected file")} of the base, whatever the change did there: {TerminalText.Line(string.Join(", ", restored), 300)}");
        }

        if (report.Proof is { } proof)
        {
            yield return ("proof", proof);
        }

        yield return ("next", Next(report, data, remote));
    }

    private static string Next(LoopReport report, string data, bool remote) => report.Status switch
    {
        LoopStatus.Verified when report.Branch is { } branch => $"git merge {branch}   (or first: loop diff {report.Id}{data})",
        LoopStatus.Verified => $"loop diff {report.Id}{data} | git apply",
        LoopStatus.Parked or LoopStatus.Paused => $"loop resume {report.Id}{data}",
        LoopStatus.Running when remote => $"loop events {report.Id} --follow{data}",
        LoopStatus.Running => $"loop resume {report.Id}{data}",
        LoopStatus.Waiting when remote && report.WaitingFor is { } asked => $"loop approve {report.Id} {asked.Seq}{data} (or with --deny)",
        LoopStatus.Waiting when report.WaitingFor is { } asked => $"loop approve {report.Id} {asked.Seq}{data} (or with --deny), then loop resume {report.Id}{data}",
        LoopStatus.BudgetExhausted or LoopStatus.Stuck => $"loop show {report.Id}{data}; loop fork {report.Id} --at SEQ --run{data} goes on from an entry with a fresh budget",
        LoopStatus.Rejected or LoopStatus.GateUnavailable => "mend the task, then loop run it again",
        LoopStatus.Unavailable => $"loop doctor{data} says what is missing",
        _ => $"loop events {report.Id}{data}",
    };

    private static string Assumed(LoopReport report) => report.Tokens.Assumed == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $" (of it assumed, no bill is known: {report.Tokens.Assumed:N0} tokens{(report.CostAssumed == 0 ? "" : $", cost {report.CostAssumed:0.######}")})");

    private static string WaitsFor(ReportWaiting waiting)
    {
        static string At(DateTimeOffset? at) => at is { } time ? time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";
        return waiting switch
        {
            { Seq: > 0, Tool: { } tool } => $"an answer to entry {waiting.Seq}: {tool} {waiting.Arguments}",
            { Seq: > 0 } => $"an answer to entry {waiting.Seq}: the change",
            { NextTry: { } next } => $"the {waiting.Kind}, since {At(waiting.Since)}, next try {At(next)}, patience until {At(waiting.Until)}: {waiting.Reason}",
            { Kind: "person" } => $"a person, since {At(waiting.Since)}",
            _ => $"the {waiting.Kind}, since {At(waiting.Since)}",
        };
    }

    private static string Plural(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");
}
