using System.Text;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Skills;

/// <summary>
/// Which skills an attempt is shown: those that goal and last failure find, best first, as long as they fit the allowance. What they say
/// is advice for the model: no rule here or elsewhere asks them for a permission.
/// </summary>
public static class SkillRules
{
    public const int Version = 1;

    /// <summary>Skills that are looked at, best first.</summary>
    private const int MostRanked = 40;

    /// <summary>Skills that are named without their body.</summary>
    private const int MostNamed = 8;

    /// <summary>A skill with less of the best one's score has a common word with the task and nothing else.</summary>
    private const double LeastShare = 0.25;

    /// <summary>Words of the task that a skill has at least, where the task has as many.</summary>
    private const int LeastWords = 2;

    /// <summary>A failure says where it hurts, the goal what is wanted.</summary>
    private const double FailureWeight = 0.5;

    private const int Around = 24;

    /// <summary>The running attempt has not been given its skills.</summary>
    internal static bool AreDue(LoopState state) =>
        state.Imported.Skills is not null && state.Attempt > state.FailedAttempts.Count && state.Skills?.Attempt != state.Attempt;

    /// <summary>What a text counts as: a token for three bytes.</summary>
    public static int TokensOf(string text) => (Encoding.UTF8.GetByteCount(text) + 2) / 3;

    /// <summary>The skills of the running attempt.</summary>
    /// <param name="libraries">Those of <see cref="BaseImported.Skills"/>.</param>
    public static SkillsChosen Choose(LoopState state, IReadOnlyList<SkillLibrary> libraries)
    {
        var spec = state.Spec.Skills ?? new SkillsSpec();
        var allowance = Math.Min(spec.Tokens, state.Agents[AgentNames.Make].Room.Window / 16);
        var fit = Fitting(SkillSearch.Find(libraries, QueryOf(state), MostRanked));
        var left = allowance;
        var shown = new HashSet<SkillHit>(ReferenceEqualityComparer.Instance);
        foreach (var hit in fit)
        {
            var tokens = Around + TokensOf(hit.Skill.Description) + TokensOf(hit.Skill.Body);
            if (shown.Count < spec.Most && tokens <= left)
            {
                shown.Add(hit);
                left -= tokens;
            }
        }

        var chosen = new List<ChosenSkill>();
        foreach (var hit in fit)
        {
            if (shown.Contains(hit))
            {
                chosen.Add(Chosen(hit, true));
            }
            else if (chosen.Count(c => !c.Shown) < MostNamed && Around + TokensOf(hit.Skill.Description) is var tokens && tokens <= left)
            {
                chosen.Add(Chosen(hit, false));
                left -= tokens;
            }
        }

        return new SkillsChosen
        {
            Attempt = state.Attempt,
            Allowance = allowance,
            Tokens = allowance - left,
            Chosen = chosen,
        };
    }

    /// <summary>What is wrong with recorded skills, or null; also where the libraries are not at hand to say so.</summary>
    internal static string? Fault(LoopState state, SkillsChosen e)
    {
        var shelves = state.Imported.Skills?.Shelves ?? [];
        if (shelves.Any(s => s.Library is null))
        {
            return null;
        }

        var right = Choose(state, [.. shelves.Select(s => s.Library!)]);
        return LedgerCodec.DataOf(right).AsSpan().SequenceEqual(LedgerCodec.DataOf(e))
            ? null
            : $"the rules choose the skills {NamesOf(right)}, and the ledger has {NamesOf(e)}";
    }

    private static string NamesOf(SkillsChosen e) => $"[{string.Join(", ", e.Chosen.Select(c => c.Name))}]";

    /// <summary>Goal and, of the attempt before or of the base, the gate's output or the reason.</summary>
    private static SkillQuery QueryOf(LoopState state)
    {
        var frontier = state.Agents[AgentNames.Make].Conversation.Frontier;
        var failure = frontier.LastGate is { Output: var output }
            ? output.Text ?? $"{output.Head}\n{output.Tail}"
            : frontier.LastReason ?? "";
        return new SkillQuery([new(state.Spec.Goal, 1), new(failure, FailureWeight)]);
    }

    private static List<SkillHit> Fitting(IReadOnlyList<SkillHit> hits) =>
        hits.Count == 0
            ? []
            : [.. hits.Where(h => h.Score >= hits[0].Score * LeastShare && h.Words >= Math.Min(LeastWords, hits.Max(x => x.Words)))];

    private static ChosenSkill Chosen(SkillHit hit, bool shown)
    {
        var body = Encoding.UTF8.GetBytes(hit.Skill.Body);
        var isShort = body.Length <= ChosenSkill.InlineLimit;
        return new ChosenSkill
        {
            Name = hit.Skill.Name,
            Source = hit.Source,
            Place = hit.Skill.Place,
            Score = hit.Score,
            Description = hit.Skill.Description,
            Body = shown ? new BlobRef(LedgerHash.Of(body).ToString(), body.Length) : null,
            Text = shown && isShort ? hit.Skill.Body : null,
            Content = shown && !isShort ? hit.Skill.Body : null,
        };
    }
}
