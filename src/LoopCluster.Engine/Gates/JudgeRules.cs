using System.Text;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// What a judge's answer is worth, and what the votes decide. Fail closed: what cannot be used is asked for once more and then is a
/// rejection, and so is an approval that shows nothing.
/// </summary>
public static class JudgeRules
{
    /// <summary>Answers of one part: the second is told what was wrong with the first.</summary>
    public const int MostTries = 2;

    /// <summary>Calls a judge may make before it has to answer, for each part.</summary>
    public const int MostReads = 40;

    /// <summary>The files that the unread reply cites, whose lines have to be seen before it counts; empty when nothing has to.</summary>
    public static IReadOnlyList<string> CitedBy(JudgeReply reply) =>
        JudgeAnswer.Read(reply, out _) is { } answer && FaultWithoutFacts(answer) is null ? PathsOf(answer) : [];

    /// <summary>What the unread reply comes to.</summary>
    /// <param name="cited">The files of <see cref="CitedBy"/>, as they are in the judged tree.</param>
    public static JudgeAnswered Answer(LoopState state, IReadOnlyList<CitedFile> cited)
    {
        var judging = state.Judging!;
        var reply = judging.Reply!;
        var answer = JudgeAnswer.Read(reply, out var fault);
        var wrong = answer is null ? fault : FaultWithoutFacts(answer) ?? MadeUp(answer, cited);
        var agent = state.Agents[reply.Agent];
        return new JudgeAnswered
        {
            Gate = JudgeSeat.Find(state.Spec, reply.Agent)!.Gate,
            Agent = reply.Agent,
            Part = judging.Parts.Count + 1,
            Parts = JudgeCase.PartsFor(state, agent),
            Try = judging.Fault is null ? 1 : MostTries,
            Verdict =
                wrong is not null ? JudgeVerdict.Malformed
                : answer!.Approves ? JudgeVerdict.Approve
                : JudgeVerdict.Reject,
            Fault = wrong,
            Evidence = wrong is null ? answer!.Evidence : [],
            Findings = wrong is null ? answer!.Findings : [],
            Cited = cited,
        };
    }

    /// <summary>What is wrong with a recorded answer, or null.</summary>
    public static string? Fault(LoopState state, JudgeAnswered e)
    {
        if (state.Judging?.Reply is not { } reply || !PathsMatch(CitedBy(reply), e.Cited))
        {
            return $"the answer of {e.Agent} is recorded with other files than it cites";
        }

        var right = Answer(state, e.Cited);
        return LedgerCodec.DataOf(right).AsSpan().SequenceEqual(LedgerCodec.DataOf(e))
            ? null
            : $"the answer of {e.Agent} comes to {right.Verdict}{(right.Fault is null ? "" : $" ({right.Fault})")}, and the ledger says {e.Verdict}";
    }

    /// <summary>The votes of a gate that all of its verifiers have given, or the verdict on a change that is none.</summary>
    internal static GateCompleted Conclude(LoopState state, JudgeGate gate)
    {
        var brief = state.Judging!.Brief;
        var votes = VotesOf(state, gate).ToList();
        var approvals = votes.Count(v => v.Verdict == JudgeVerdict.Approve);
        return new GateCompleted
        {
            Gate = gate.Name,
            Phase = GatePhase.Verify,
            Tree = brief.Tree,
            Run = 1,
            End = RunEnd.NotBegun,
            Outcome = brief.Diff.Bytes > 0 && approvals >= gate.Judge.Quorum ? GateOutcome.Passed : GateOutcome.Failed,
            GateTree = brief.GateTree,
            ImageId = state.Prepared?.ImageId ?? "",
            Output = OutputText.Inline(
                brief.Diff.Bytes > 0 ? Words(gate, votes, approvals) : "the change is empty: there is nothing to judge"
            ),
            Restored = brief.Restored,
            Votes = votes,
        };
    }

    internal static JudgeVote? VoteOf(Judging judging, JudgeSeat seat) => judging.Votes.Find(v => v.Agent == seat.Agent);

    /// <summary>The vote that the answers of one verifier make, the last of them <paramref name="last"/>.</summary>
    internal static JudgeVote Vote(LoopState state, JudgeSeat seat, JudgeReply reply, IReadOnlyList<JudgeAnswered> answers)
    {
        var last = answers[^1];
        return new JudgeVote
        {
            Agent = seat.Agent,
            Perspective = seat.Perspective,
            Model = reply.Model,
            Family = state.Agents[seat.Agent].Binding(reply.Model) is { } binding ? JudgeFamilies.Of(binding.Model) : null,
            Verdict = last.Verdict,
            Fault = last.Fault,
            Parts = last.Parts,
            Evidence = [.. answers.SelectMany(a => a.Evidence)],
            Findings = [.. answers.SelectMany(a => a.Findings)],
        };
    }

    private static IEnumerable<JudgeVote> VotesOf(LoopState state, JudgeGate gate) =>
        JudgeSeat.Of(state.Spec, gate).Select(seat => VoteOf(state.Judging!, seat)).OfType<JudgeVote>();

    /// <summary>For the maker, as the judges wrote it.</summary>
    private static string Words(JudgeGate gate, IReadOnlyList<JudgeVote> votes, int approvals)
    {
        var text = new StringBuilder();
        foreach (var vote in votes)
        {
            text.Append(FormattableString.Invariant($"{vote.Agent}: {Word(vote)}\n"));
            foreach (var finding in vote.Findings)
            {
                var severity = finding.Severity.ToString().ToLowerInvariant();
                text.Append(FormattableString.Invariant($"  {finding.Path}:{finding.Line} [{severity}] {finding.Message}\n"));
            }
        }

        return text.Append(
                FormattableString.Invariant($"{approvals} of {votes.Count} judges approve the change, {gate.Judge.Quorum} have to\n")
            )
            .ToString();
    }

    private static string Word(JudgeVote vote) =>
        vote.Verdict switch
        {
            JudgeVerdict.Approve => "approve",
            JudgeVerdict.Reject => "reject",
            _ => $"reject (no usable answer: {vote.Fault})",
        };

    private static string? FaultWithoutFacts(JudgeAnswer answer) =>
        answer.Approves && answer.Evidence.Count == 0 ? "it approves without evidence: 'evidence' must cite the lines that show it"
        : !answer.Approves && answer.Findings.Count == 0 ? "it rejects without a finding: 'findings' must say where and why"
        : null;

    private static string? MadeUp(JudgeAnswer answer, IReadOnlyList<CitedFile> cited)
    {
        foreach (var (path, line) in PlacesOf(answer))
        {
            var lines = cited.FirstOrDefault(c => c.Path == path)?.Lines;
            if (lines is null)
            {
                return $"it cites the file {SafeText.Start(path, 200)}, which is not in the tree";
            }

            if (line > lines)
            {
                return FormattableString.Invariant($"it cites line {line} of {SafeText.Start(path, 200)}, which has {lines}");
            }
        }

        return null;
    }

    private static IReadOnlyList<string> PathsOf(JudgeAnswer answer) =>
        [.. PlacesOf(answer).Select(p => p.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<(string Path, int Line)> PlacesOf(JudgeAnswer answer) =>
        answer.Evidence.Select(e => (e.Path, e.Line)).Concat(answer.Findings.Select(f => (f.Path, f.Line)));

    private static bool PathsMatch(IReadOnlyList<string> paths, IReadOnlyList<CitedFile> cited) =>
        paths.SequenceEqual(cited.Select(c => c.Path), StringComparer.Ordinal);
}
