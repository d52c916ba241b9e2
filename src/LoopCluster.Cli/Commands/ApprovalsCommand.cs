using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop approvals</c>: what loops wait for.</summary>
internal static class ApprovalsCommand
{
    public static Command Create(CommonOptions options) =>
        new Command("approvals", "List what loops wait for a person to decide")
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var waiting = new List<(LoopSummary Loop, LoopReport Report)>();
                foreach (var loop in await source.ListAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (
                        loop.Status == LoopStatus.Waiting
                        && await source.ReportAsync(loop.Id, cancellationToken).ConfigureAwait(false) is { WaitingFor.Seq: > 0 } report
                    )
                    {
                        waiting.Add((loop, report));
                    }
                }

                if (context.Io.Json)
                {
                    WriteJson(context.Io, waiting);
                    return 0;
                }

                foreach (var (loop, report) in waiting)
                {
                    var (id, asked) = (report.Id, report.WaitingFor!);
                    context.Io.Say(
                        $"loop {id} entry {asked.Seq}: {(asked.Tool is null ? $"the change; {context.Hints.Of("diff", id)} shows it" : $"{TerminalText.Clean(asked.Tool)} {TerminalText.Clean(asked.Arguments ?? "")}")}",
                        whole: true
                    );
                    foreach (var reason in asked.Reasons ?? [])
                    {
                        context.Io.Say($"  because {TerminalText.Clean(reason)}", whole: true);
                    }

                    context.Io.Say($"  asked by {asked.Rule ?? "single-shot without gates"}, on tree {asked.Tree}");
                    context.Io.Say(
                        $"  {context.Hints.Of("approve", id, asked.Seq.ToString(CultureInfo.InvariantCulture))}   (or the same with --deny)",
                        whole: true
                    );
                }

                if (waiting.Count == 0)
                {
                    context.Io.Note("no loop waits for a person");
                }

                return 0;
            });

    private static void WriteJson(CliIo io, IReadOnlyList<(LoopSummary Loop, LoopReport Report)> waiting) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartArray();
            foreach (var (loop, report) in waiting)
            {
                var asked = report.WaitingFor!;
                writer.WriteStartObject();
                writer.WriteString("id", report.Id);
                writer.WriteNumber("seq", asked.Seq);
                writer.WriteString("kind", asked.Kind);
                writer.WriteString("tool", asked.Tool);
                writer.WriteString("arguments", asked.Arguments);
                writer.WriteString("tree", asked.Tree);
                writer.WriteString("rule", asked.Rule);
                writer.WriteStartArray("reasons");
                foreach (var reason in asked.Reasons ?? [])
                {
                    writer.WriteStringValue(reason);
                }

                writer.WriteEndArray();
                writer.WriteString("asked", loop.Updated);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
}
