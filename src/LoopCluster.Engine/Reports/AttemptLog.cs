using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Reports;

/// <summary>Tells attempts from ledger entries. Feed it every entry of a loop in order.</summary>
public sealed class AttemptLog
{
    private const int MostActions = 12;
    private const int MostCharacters = 60;

    private readonly List<ReportAttempt> _attempts = [];
    private readonly List<string> _actions = [];
    private int _left;

    /// <summary>The attempts so far; failed ones that a fork inherited come first.</summary>
    public IReadOnlyList<ReportAttempt> Attempts(LoopState state)
    {
        var inherited = state.FailedAttempts.Take(state.InheritedAttempts).Select(a => new ReportAttempt(a.Attempt, "inherited", null, a.Reason));
        return [.. inherited.Where(a => _attempts.TrueForAll(own => own.Attempt != a.Attempt)), .. _attempts];
    }

    public void Add(LedgerEntry entry)
    {
        foreach (var loopEvent in entry.Events)
        {
            Add(loopEvent);
        }
    }

    private void Add(LoopEvent loopEvent)
    {
        switch (loopEvent)
        {
            case AttemptStarted started:
                _actions.Clear();
                _left = 0;
                _attempts.Add(new ReportAttempt(started.Attempt, "", null, null));
                break;
            case ModelReplied replied when _attempts.Count > 0:
                foreach (var call in replied.Tools)
                {
                    Act(Shorten(call));
                }

                break;
            case GateCompleted { Phase: GatePhase.Verify } gate when _attempts.Count > 0:
                Current = Current with { GateStatus = NameOf(gate.Outcome), Error = gate.Outcome == GateOutcome.Passed ? null : TextOf(gate.Output) };
                break;
            case AttemptFailed failed when _attempts.Count > 0:
                Current = Current with { Error = Current.Error is { Length: > 0 } raw && Current.GateStatus is not "passed" ? raw : failed.Reason };
                break;
        }
    }

    private ReportAttempt Current
    {
        get => _attempts[^1];
        set => _attempts[^1] = value;
    }

    private void Act(string action)
    {
        if (_actions.Count < MostActions)
        {
            _actions.Add(action);
        }
        else
        {
            _left++;
        }

        Current = Current with { Action = string.Join(", ", _actions) + (_left == 0 ? "" : $" and {_left} more") };
    }

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

    private static string? FirstText(string arguments)
    {
        try
        {
            using var json = JsonDocument.Parse(arguments);
            return json.RootElement.ValueKind != JsonValueKind.Object ? null
                : json.RootElement.EnumerateObject().Select(p => p.Value).FirstOrDefault(v => v.ValueKind == JsonValueKind.String) is { ValueKind: JsonValueKind.String } first
                    ? first.GetString()
                    : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, or half a surrogate pair in a ledger of an earlier version. The model's own mistake; it is told about it as the call's result.
            return null;
        }
    }

    private static string TextOf(OutputText output) => output.Text ?? $"{output.Head}\n[... {output.Bytes} bytes in all ...]\n{output.Tail}";

    private static string NameOf(GateOutcome outcome) => JsonSerializer.SerializeToElement(outcome).GetString()!;
}
