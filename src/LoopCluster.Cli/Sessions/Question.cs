using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary>Asks the person at the terminal what a loop waits for.</summary>
internal static class Question
{
    /// <summary>Null when there is no answer (end of input).</summary>
    public static ApprovalSignal? Ask(CommandContext context, LoopId loop, PendingApproval approval)
    {
        var asked = approval.Asked;
        var io = context.Io;
        if (asked.Kind == ApprovalKind.Change)
        {
            foreach (var reason in asked.Reasons ?? [])
            {
                io.Note($"  {TerminalText.Clean(reason)}", whole: true);
            }

            io.Note(
                $"{(asked.Reasons is null ? "There is no gate: a" : "A")} person decides about the change. In another terminal '{context.Hints.Of("diff", loop.Value)}' shows it.",
                whole: true
            );
        }
        else
        {
            io.Note($"The policy asks about this call ({asked.Rule}). Exactly this will run, once:");
            io.Note($"  tool       {TerminalText.Clean(asked.Tool ?? "")}");
            io.Note($"  arguments  {TerminalText.Clean(asked.Arguments ?? "")}", whole: true);
            io.Note($"  on tree    {asked.Tree}");
        }

        while (true)
        {
            Console.Error.Write("approve? [y/n] ");
            switch (Console.In.ReadLine()?.Trim().ToUpperInvariant())
            {
                case "Y" or "YES":
                    return Answer(true);
                case "N" or "NO":
                    return Answer(false);
                case null:
                    return null;
            }
        }

        ApprovalSignal Answer(bool granted) => new(Guid.NewGuid().ToString("n"), context.User, approval.Seq, granted, null);
    }
}
