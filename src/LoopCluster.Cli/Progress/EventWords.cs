using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Cli.Progress;

/// <summary>Tells events to people. Remembers the calls of the last replies, which results only name.</summary>
internal sealed class EventWords
{
    private const int Width = 110;

    private readonly Dictionary<string, string> _calls = [];

    /// <summary>What is being done now, for the status line.</summary>
    public string Doing { get; private set; } = "starting";

    public IEnumerable<ProgressLine> Of(LoopEvent loopEvent, LoopState state) =>
        loopEvent switch
        {
            LoopCreated e => [new(Tone.Step, $"loop {state.Id}: {TerminalText.Line(e.Spec.Goal, Width)}")],
            BaseImported e => [.. ProtectionWords.Of(e, state.Spec), .. SkillWords.Of(e)],
            LoopQueued e =>
            [
                new(Tone.Quiet, Invariant($"queued: its tenant may run {e.Limit} {(e.Limit == 1 ? "loop" : "loops")} at once")),
            ],
            LoopAdmitted => [new(Tone.Quiet, "has a place")],
            LoopForked e => [new(Tone.Step, $"loop {state.Id}: forked from {e.Parent} at {e.Seq}")],
            DriverStarted { Epoch: > 1 } e => [new(Tone.Quiet, Invariant($"taken up (epoch {e.Epoch})"))],
            StageEntered e => Stage(e.Stage),
            BasePrepared { Layer: { } layer } e =>
            [
                new(Tone.Plain, Invariant($"prepared the base ({e.SandboxSeconds:0.0} s, {layer.Paths.Count} paths)")),
            ],
            GateStarted e => Now($"gate {e.Gate}"),
            GateCompleted e => Gate(e, state),
            AttemptStarted e =>
            [
                new(Tone.Step, Invariant($"attempt {e.Attempt} of {state.Spec.Budget.Attempts + state.InheritedAttempts}")),
            ],
            AttemptFailed e => [new(Tone.Bad, $"attempt {e.Attempt} failed: {TerminalText.Line(e.Reason, Width)}")],
            PlanMade e => PlanWords.Of(e),
            PlanRefused e => PlanWords.Of(e),
            StepChecked e => PlanWords.Of(e, state),
            SkillsChosen e => SkillWords.Of(e),
            JudgeBriefed => [new(Tone.Step, "judges: other models vote on the change")],
            JudgeRead e => Now($"{TerminalText.Line(e.Agent, 60)} reads: {TerminalText.Line(e.Tool, 60)}"),
            JudgeAnswered e => [new(e.Verdict == JudgeVerdict.Approve ? Tone.Plain : Tone.Bad, Verdict(e))],
            ExplorationStarted e => [new(Tone.Step, $"explorer: {TerminalText.Line(e.Question, Width)}")],
            ExplorerRead e => Now($"explorer reads: {TerminalText.Line(e.Tool, 60)}"),
            ExplorerAnswered { Fault: { } fault } => [new(Tone.Bad, $"explorer: no usable answer: {TerminalText.Line(fault, Width)}")],
            ExplorerAnswered e => [new(Tone.Plain, Invariant($"explorer: {TerminalText.Line(e.Answer, Width)} ({e.Places.Count} places)"))],
            ModelRequested e => Now($"waiting for {e.Model}"),
            ModelReplied e => Reply(e, state),
            ModelFailed e =>
            [
                new(Tone.Bad, $"model: {Names.Of(e.Kind)}: {TerminalText.Line(e.Message, Width)}{Settled(e)}"),
                .. Waiting(state),
            ],
            ToolRequested e => Now(CallOf(e.Call, e.Tool)),
            ToolCompleted e => [new(e.Outcome == ToolOutcome.Ok ? Tone.Plain : Tone.Bad, Result(e))],
            NoteKept e => [new(Tone.Quiet, $"note: {TerminalText.Line(e.Text, Width)}")],
            MessageReceived e => [new(Tone.Step, $"message from {TerminalText.Line(e.By, 40)}: {TerminalText.Line(e.Text, Width)}")],
            ApprovalAsked e =>
            [
                new(
                    Tone.Ask,
                    e.Kind == ApprovalKind.Change
                        ? $"waits for a person: take the change?{string.Concat((e.Reasons ?? []).Select(r => $" {TerminalText.Line(r, Width)}."))}"
                        : $"waits for a person: may it call {CallOf(e.Call ?? "", e.Tool ?? "")}?"
                ),
            ],
            ApprovalGiven e =>
            [
                new(
                    Tone.Step,
                    $"{TerminalText.Line(e.By, 40)} {(e.Granted ? "approved" : "refused")}{(e.Reason is { } why ? $": {TerminalText.Line(why, Width)}" : "")}"
                ),
            ],
            InfrastructureFailed e => [new(Tone.Bad, $"{e.Code}: {TerminalText.Line(e.Message, Width)}"), .. Waiting(state)],
            LoopParked e => [new(Tone.Bad, $"parked: {TerminalText.Line(e.Reason, Width)}")],
            PauseRequested e =>
            [
                new(
                    Tone.Step,
                    $"{TerminalText.Line(e.By, 40)} pauses it{(e.Reason.Length == 0 ? "" : $": {TerminalText.Line(e.Reason, Width)}")}{(state.Open is null ? "" : "; what runs comes to its end first")}"
                ),
            ],
            ResumeRequested => [new(Tone.Step, "goes on")],
            PrepareFailed e => [new(Tone.Bad, TerminalText.Line(e.Message, Width))],
            BudgetOverrun e => [new(Tone.Bad, Invariant($"the bill ({e.What} {e.Settled}) is above what was held back ({e.Reserved})"))],
            DeadlinePassed => [new(Tone.Bad, "the deadline has passed")],
            CancelRequested e => [new(Tone.Step, $"cancelled by {TerminalText.Line(e.By, 40)}")],
            LoopVerified => [new(Tone.Good, "verified: every gate passed on the change")],
            LoopStopped e => [new(Tone.Bad, $"stopped: {Names.Of(e.Status)}: {TerminalText.Line(e.Reason, Width)}")],
            _ => [],
        };

    private static IEnumerable<ProgressLine> Stage(LoopStage stage) =>
        stage switch
        {
            LoopStage.Discover => [new(Tone.Step, "discover: the gates must be red on the base")],
            LoopStage.Plan => [new(Tone.Step, "plan")],
            LoopStage.Verify => [new(Tone.Step, "verify: the gates run in a clean room")],
            _ => [],
        };

    /// <summary>What is not known to have been billed is told as such.</summary>
    private static string Settled(ModelFailed e) =>
        e.Assumed ? Invariant($" (perhaps served: {e.Usage.In + e.Usage.Out:N0} tokens assumed)") : "";

    private static string Verdict(JudgeAnswered e)
    {
        var part = e.Parts == 1 ? "" : Invariant($" (part {e.Part} of {e.Parts})");
        var why =
            e.Fault is { } fault ? $": {TerminalText.Line(fault, Width)}"
            : e.Findings is [var finding, ..]
                ? $": {TerminalText.Line(Invariant($"{finding.Path}:{finding.Line} {finding.Message}"), Width)}"
            : "";
        return $"{TerminalText.Line(e.Agent, 60)}{part}: {(e.Fault is null ? Names.Of(e.Verdict) : "no usable answer")}{why}";
    }

    private IEnumerable<ProgressLine> Waiting(LoopState state)
    {
        if (state.Outage is not { } outage || OutageRules.Exhausted(state) is not null)
        {
            return [];
        }

        var until = (outage.Since + state.Spec.Patience.Value).ToLocalTime();
        Doing = Invariant($"waiting for the {OutageRules.Word(outage.Of)}, next try {outage.NextTry.ToLocalTime():HH:mm:ss}");
        return
        [
            new(
                Tone.Quiet,
                Invariant(
                    $"  waits for the {OutageRules.Word(outage.Of)}: next try {outage.NextTry.ToLocalTime():HH:mm:ss}, patience until {until:HH:mm:ss}"
                )
            ),
        ];
    }

    private IEnumerable<ProgressLine> Now(string doing)
    {
        Doing = doing;
        return [];
    }

    private static IEnumerable<ProgressLine> Gate(GateCompleted e, LoopState state)
    {
        var code = e.ExitCode is { } exit ? Invariant($", exit code {exit}") : "";
        var again = e.Rerun is { } rerun
            ? e.IsFlaky
                ? $" (flaky: red before on the same tree, run {rerun + 1})"
                : Invariant($" (run {rerun + 1} on the same tree)")
            : "";
        var what = $"gate {e.Gate}: {Names.Of(e.Outcome)}{code}{again}";
        if (e.IsProbe)
        {
            if (ProbeText.Of(e) is { } words)
            {
                yield return new(ProbeText.IsAsItShould(e) ? Tone.Quiet : Tone.Bad, words);
            }

            yield break;
        }

        if (e.Phase == GatePhase.Baseline)
        {
            var wanted = state.Spec.Gates.FirstOrDefault(g => g.Name == e.Gate)?.Baseline ?? GateBaseline.Red;
            var asWanted =
                e.Missing is null
                && (wanted, e.Outcome)
                    is
                        (GateBaseline.Red, GateOutcome.Failed or GateOutcome.NoEvidence)
                        or
                        (GateBaseline.Pass, GateOutcome.Passed);
            yield return new(
                asWanted ? Tone.Plain : Tone.Bad,
                $"{what} on the base{(e.Run > 1 ? Invariant($", run {e.Run} there to see whether it is flaky") : asWanted ? ", as it should" : e.Missing is { } missing ? $", because {TerminalText.Line(missing.Name, 60)} is missing" : "")}"
            );
            foreach (var line in e.Outcome == GateOutcome.Passed ? [] : Raw(e))
            {
                yield return line;
            }

            yield break;
        }

        yield return new(e.Outcome == GateOutcome.Passed ? Tone.Good : Tone.Bad, what);
        foreach (var path in e.Restored.Take(5))
        {
            yield return new(Tone.Quiet, $"  protected, taken from the base: {TerminalText.Line(path, Width)}");
        }

        if (e.Outcome != GateOutcome.Passed)
        {
            foreach (var line in Raw(e))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<ProgressLine> Raw(GateCompleted e) =>
        LastLines.Of(e.Output) is { } text
            ? TerminalText.Tail(text, LastLines.Most).Select(line => new ProgressLine(Tone.Quiet, "  | " + line))
            : [];

    private IEnumerable<ProgressLine> Reply(ModelReplied e, LoopState state)
    {
        _calls.Clear();
        foreach (var call in e.Tools)
        {
            _calls[call.Id] = TerminalText.Line(AttemptTrace.Shorten(call), Width);
        }

        Doing = "thinking";
        var bill = Invariant(
            $"turn {state.Spend.Turns}: {e.Usage.In:N0} tokens in, {e.Usage.Out:N0} out{(e.Cost > 0 ? $", cost {e.Cost:0.######}" : "")}{(e.Assumed ? " (assumed)" : "")}"
        );
        yield return new(Tone.Quiet, bill);
        if (e.Text.Trim() is { Length: > 0 } text)
        {
            yield return new(Tone.Plain, "“" + TerminalText.Line(text, Width) + "”");
        }
    }

    private string Result(ToolCompleted e)
    {
        var code = e.ExitCode is { } exit and not 0 ? Invariant($" (exit code {exit})") : "";
        var text = (e.Output.Text ?? e.Output.Tail ?? "").Trim();
        var line = text.AsSpan(text.LastIndexOf('\n') + 1).ToString();
        var room = Math.Max(20, Width - 50);
        return $"{CallOf(e.Call, e.Tool)}: {Names.Of(e.Outcome)}{code}{(line.Length == 0 ? "" : " · " + TerminalText.Line(line, room))}";
    }

    private string CallOf(string call, string tool) => _calls.GetValueOrDefault(call) ?? TerminalText.Line(tool, 60);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
