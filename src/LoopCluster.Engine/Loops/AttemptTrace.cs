using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// One attempt in short, for people: what it did, how the last gate on it ended, and why it failed. No decision rests on it.
/// </summary>
public sealed record AttemptTrace(int Attempt)
{
    private const int MostActions = 12;
    private const int MostCharacters = 60;

    /// <summary>The first calls it made, shortened, in order.</summary>
    public ImmutableList<string> Actions { get; init; } = [];

    /// <summary>Calls beyond those.</summary>
    public int Left { get; init; }

    /// <summary>How the last gate that ran on it ended; null when none ran.</summary>
    public GateOutcome? Gate { get; init; }

    /// <summary>The gate's raw output, or the rule that was broken; null while it has not failed.</summary>
    public string? Error { get; init; }

    /// <summary>The traces after one more event of <paramref name="state"/>.</summary>
    internal static ImmutableList<AttemptTrace> After(LoopState state, LoopEvent loopEvent)
    {
        var log = state.Log;
        if (loopEvent is AttemptStarted started)
        {
            return log.Add(new AttemptTrace(started.Attempt));
        }

        // Of what a fork goes on with in the middle of an attempt, the parent's log tells.
        return
            log is [.., var last]
            && last.Attempt == state.Attempt
            && last.With(loopEvent, IsMakers(state)) is var next
            && !ReferenceEquals(next, last)
            ? log.SetItem(log.Count - 1, next)
            : log;
    }

    private static bool IsMakers(LoopState state) => state.Open?.Intent is ModelRequested { Agent: Agents.AgentNames.Make };

    /// <summary>A fork begins with what its parent tried.</summary>
    internal static ImmutableList<AttemptTrace> Inherited(LoopState parent) =>
        [.. parent.FailedAttempts.Select(a => new AttemptTrace(a.Attempt) { Actions = ["inherited"], Error = a.Reason })];

    private AttemptTrace With(LoopEvent loopEvent, bool isMakers) =>
        loopEvent switch
        {
            ModelReplied { Tools.Count: > 0 } replied when isMakers => this with
            {
                Actions = Actions.AddRange(replied.Tools.Take(MostActions - Actions.Count).Select(Shorten)),
                Left = Left + Math.Max(0, Actions.Count + replied.Tools.Count - MostActions),
            },
            GateCompleted { Phase: GatePhase.Verify } gate => this with
            {
                Gate = gate.Outcome,
                Error = gate.Outcome == GateOutcome.Passed ? null : TextOf(gate.Output),
            },
            AttemptFailed failed => this with
            {
                Error = Error is { Length: > 0 } raw && Gate is not GateOutcome.Passed ? raw : failed.Reason,
            },
            _ => this,
        };

    /// <summary>The call's name and its first text argument, which for every tool of ours says best what it was about.</summary>
    public static string Shorten(ToolCall call)
    {
        if (FirstText(call.Arguments) is not { Length: > 0 } text)
        {
            return call.Name;
        }

        var line = text.ReplaceLineEndings(" ").Trim();
        return $"{call.Name} {(line.Length <= MostCharacters ? line : SafeText.Start(line, MostCharacters - 1) + "…")}";
    }

    /// <summary>Reads no further than that text: what follows it may be a whole file.</summary>
    private static string? FirstText(string arguments)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(arguments.Length));
        try
        {
            var json = new Utf8JsonReader(bytes.AsSpan(0, Encoding.UTF8.GetBytes(arguments, bytes)));
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                json.Read();
                if (json.TokenType == JsonTokenType.String)
                {
                    return json.GetString();
                }

                json.Skip();
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, or half a surrogate pair in a ledger of an earlier version. The model's own mistake; it is told about it as the
            // call's result.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        return null;
    }

    private static string TextOf(OutputText output) =>
        output.Text ?? $"{output.Head}\n[... {output.Bytes} bytes in all ...]\n{output.Tail}";
}
