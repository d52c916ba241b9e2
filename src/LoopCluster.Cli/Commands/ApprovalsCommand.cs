using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop approvals</c>: what loops wait for.</summary>
internal static class ApprovalsCommand
{
    public static Command Create(CommonOptions options) => new Command("approvals", "List what loops wait for a person to decide").Does(options, async (context, cancellationToken) =>
    {
        await using var reading = context.Read();
        var reader = new LoopReader(reading.Ports.Ledger);
        var waiting = new List<LoopState>();
        await foreach (var loop in reader.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (loop.Status == LoopStatus.Waiting && await reader.LoadAsync(loop.Id, cancellationToken).ConfigureAwait(false) is { Approval: not null } state)
            {
                waiting.Add(state);
            }
        }

        if (context.Io.Json)
        {
            WriteJson(context.Io, waiting);
            return 0;
        }

        foreach (var state in waiting)
        {
            var (seq, asked) = (state.Approval!.Seq, state.Approval.Asked);
            context.Io.Say($"loop {state.Id} entry {seq}: {(asked.Tool is null ? "the change (see 'loop diff')" : $"{TerminalText.Clean(asked.Tool)} {TerminalText.Clean(asked.Arguments ?? "")}")}");
            context.Io.Say($"  asked by {asked.Rule ?? "single-shot without gates"}, on tree {asked.Tree}; loop approve {state.Id} {seq} [--deny]");
        }

        if (waiting.Count == 0)
        {
            context.Io.Note("no loop waits for a person");
        }

        return 0;
    });

    private static void WriteJson(CliIo io, IReadOnlyList<LoopState> waiting) => io.WriteJson(writer =>
    {
        writer.WriteStartArray();
        foreach (var state in waiting)
        {
            var asked = state.Approval!.Asked;
            writer.WriteStartObject();
            writer.WriteString("id", state.Id.Value);
            writer.WriteNumber("seq", state.Approval.Seq);
            writer.WriteString("kind", Names.Of(asked.Kind));
            writer.WriteString("tool", asked.Tool);
            writer.WriteString("arguments", asked.Arguments);
            writer.WriteString("tree", asked.Tree);
            writer.WriteString("rule", asked.Rule);
            writer.WriteString("asked", state.UpdatedAt);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
