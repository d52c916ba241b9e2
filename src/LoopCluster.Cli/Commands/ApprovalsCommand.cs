using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop approvals</c>: what loops wait for.</summary>
internal static class ApprovalsCommand
{
    public static Command Create(CommonOptions options) => new Command("approvals", "List what loops wait for a person to decide").WithServer(options).Does(options, async (context, cancellationToken) =>
    {
        await using var source = context.OpenSource();
        var reader = new LoopLoader(source.Ledger);
        var waiting = new List<LoopState>();
        foreach (var loop in await source.ListAsync(cancellationToken).ConfigureAwait(false))
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
            context.Io.Say($"loop {state.Id} entry {seq}: {(asked.Tool is null ? $"the change; {context.Hints.Of("diff", state.Id.Value)} shows it" : $"{TerminalText.Clean(asked.Tool)} {TerminalText.Clean(asked.Arguments ?? "")}")}", whole: true);
            context.Io.Say($"  asked by {asked.Rule ?? "single-shot without gates"}, on tree {asked.Tree}");
            context.Io.Say($"  {context.Hints.Of("approve", state.Id.Value, seq.ToString(CultureInfo.InvariantCulture))}   (or the same with --deny)", whole: true);
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
