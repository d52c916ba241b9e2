using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
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
                var waiting = new List<LoopRecord>();
                foreach (var loop in await source.ListAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (
                        loop.Status == LoopStatus.Waiting
                        && await source.RecordAsync(loop.Id, cancellationToken).ConfigureAwait(false)
                            is { Report.WaitingFor.Seq: > 0 } record
                    )
                    {
                        waiting.Add(record);
                    }
                }

                if (context.Io.Json)
                {
                    WriteJson(context.Io, waiting);
                    return 0;
                }

                foreach (var record in waiting)
                {
                    var (id, asked) = (record.Summary.Id, record.Report!.WaitingFor!);
                    context.Io.Say(
                        $"loop {id} entry {asked.Seq}: {(asked.Tool is null ? $"the change; {context.Hints.Of("diff", id.Value)} shows it" : $"{TerminalText.Clean(asked.Tool)} {TerminalText.Clean(asked.Arguments ?? "")}")}",
                        whole: true
                    );
                    foreach (var reason in asked.Reasons ?? [])
                    {
                        context.Io.Say($"  because {TerminalText.Clean(reason)}", whole: true);
                    }

                    context.Io.Say($"  asked by {asked.Rule ?? "single-shot without gates"}, on tree {asked.Tree}");
                    context.Io.Say(
                        $"  {context.Hints.Of("approve", id.Value, asked.Seq.ToString(CultureInfo.InvariantCulture))}   (or the same with --deny)",
                        whole: true
                    );
                }

                if (waiting.Count == 0)
                {
                    context.Io.Note("no loop waits for a person");
                }

                return 0;
            });

    private static void WriteJson(CliIo io, IReadOnlyList<LoopRecord> waiting) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartArray();
            foreach (var record in waiting)
            {
                var asked = record.Report!.WaitingFor!;
                writer.WriteStartObject();
                writer.WriteString("id", record.Summary.Id.Value);
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
                writer.WriteString("asked", record.Summary.Updated);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
}
