using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Explore;

/// <summary>Who may ask the explorer, what its answer is worth, and what the maker is told of it.</summary>
public static class ExploreRules
{
    /// <summary>Calls the explorer may make for one question before it has to answer.</summary>
    public const int MostReads = 40;

    /// <summary>Answers to one question: the second is told what was wrong with the first.</summary>
    public const int MostTries = 2;

    /// <summary>What the loop itself asks before the first attempt.</summary>
    public const string FirstQuestion =
        "Which files and places matter for the goal, how do they work together, and what is already there that the work can build on?";

    /// <summary>What the maker asks it by.</summary>
    public static readonly ToolDefinition Tool = new(
        ToolNames.Explore,
        "Ask a question about the files, such as where something is done or how parts fit together. Another model looks and answers with places (path:line); what it reads does not take room in your context.",
        JsonElement.Parse(
            """
            {"type":"object","properties":{"question":{"type":"string","minLength":1,"maxLength":4000}},"required":["question"],"additionalProperties":false}
            """
        ),
        EffectClass.Pure
    );

    /// <summary>Whether a loop with these models has an explorer: the spec asks for one, or somebody gave it a model.</summary>
    public static bool IsOn(LoopSpec spec, IReadOnlyDictionary<string, ModelBinding> models) =>
        spec.Explore || models.ContainsKey(AgentNames.Explore);

    /// <summary>The tools of such a loop, in ordinal order of names.</summary>
    public static IReadOnlyList<ToolDefinition> With(IReadOnlyList<ToolDefinition> tools) =>
        [.. tools.Append(Tool).OrderBy(t => t.Name, StringComparer.Ordinal)];

    internal static bool IsOn(LoopCreated created) => created.Tools.Any(t => t.Name == ToolNames.Explore);

    /// <summary>An admitted call of the tool.</summary>
    internal static ExplorationStarted Start(LoopState state, RunTool admitted) =>
        new()
        {
            Question = SafeText.Of(admitted.Arguments.GetProperty("question").GetString()!),
            Tree = state.Workspace.Tree,
            Call = admitted.Call.Id,
            Rule = admitted.Request.Rule,
            Approval = admitted.Request.Approval,
        };

    internal static ExplorationStarted First(LoopState state) => new() { Question = FirstQuestion, Tree = state.Workspace.Tree };

    /// <summary>
    /// The files that the unread reply cites, whose lines have to be seen before it counts; empty when it cannot be used anyway.
    /// </summary>
    public static IReadOnlyList<string> CitedBy(ExplorerReply reply) =>
        ExploreAnswer.Read(reply, out _) is { } answer
            ? [.. answer.Places.Select(p => p.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>What the unread reply comes to.</summary>
    /// <param name="cited">The files of <see cref="CitedBy"/>, as they are in the tree.</param>
    public static ExplorerAnswered Answer(LoopState state, IReadOnlyList<CitedFile> cited)
    {
        var exploring = state.Exploring!;
        var answer = ExploreAnswer.Read(exploring.Reply!, out var fault);
        var wrong = answer is null ? fault : MadeUp(answer, cited);
        return new ExplorerAnswered
        {
            Try = exploring.Fault is null ? 1 : MostTries,
            Fault = wrong,
            Answer = wrong is null ? answer!.Text : "",
            Places = wrong is null ? answer!.Places : [],
            Cited = cited,
        };
    }

    /// <summary>What is wrong with a recorded answer, or null.</summary>
    public static string? Fault(LoopState state, ExplorerAnswered e)
    {
        if (state.Exploring?.Reply is not { } reply || !CitedBy(reply).SequenceEqual(e.Cited.Select(c => c.Path), StringComparer.Ordinal))
        {
            return "the explorer's answer is recorded with other files than it cites";
        }

        return LedgerCodec.DataOf(Answer(state, e.Cited)).AsSpan().SequenceEqual(LedgerCodec.DataOf(e))
            ? null
            : "the explorer's answer comes to something else than the ledger says";
    }

    /// <summary>The result of the maker's call.</summary>
    internal static ToolCompleted Result(Exploration exploring) =>
        new()
        {
            Call = exploring.Started.Call!,
            Tool = ToolNames.Explore,
            Outcome = exploring.Answered!.Fault is null ? ToolOutcome.Ok : ToolOutcome.Error,
            Output = OutputText.Inline(
                exploring.Answered.Fault is { } fault
                    ? $"the explorer gave no answer that can be used ({fault}): look yourself, or ask something narrower"
                    : Words(exploring.Answered)
            ),
        };

    internal static string Words(ExplorerAnswered answered)
    {
        var text = new StringBuilder(answered.Answer).Append("\n\nPlaces:\n");
        foreach (var place in answered.Places)
        {
            text.Append(FormattableString.Invariant($"- {place.Path}:{place.Line}{(place.Note.Length == 0 ? "" : $" {place.Note}")}\n"));
        }

        return text.ToString();
    }

    private static string? MadeUp(ExploreAnswer answer, IReadOnlyList<CitedFile> cited)
    {
        foreach (var place in answer.Places)
        {
            var lines = cited.FirstOrDefault(c => c.Path == place.Path)?.Lines;
            if (lines is null)
            {
                return $"it cites the file {SafeText.Start(place.Path, 200)}, which is not there";
            }

            if (place.Line > lines)
            {
                return FormattableString.Invariant($"it cites line {place.Line} of {SafeText.Start(place.Path, 200)}, which has {lines}");
            }
        }

        return null;
    }
}
