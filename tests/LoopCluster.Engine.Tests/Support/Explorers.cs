using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>A loop with an explorer, and what a driver does for it.</summary>
internal static class Explorers
{
    public const string Question = "Where is fib?";

    public const string Answer = """{"answer":"fib is in a.txt","places":[{"path":"a.txt","line":2,"note":"its head"}]}""";

    public static readonly ModelBinding Model = Sample.Model with { Name = "explorer", Url = "http://localhost/v3" };

    public static LoopCreated Created(LoopSpec? spec = null)
    {
        var created = Sample.Created(spec ?? Sample.Spec(), ("make", Sample.Model), ("explore", Model));
        return created with { Tools = ExploreRules.With(created.Tools) };
    }

    /// <summary>The maker asks the question.</summary>
    public static History Asked(LoopSpec? spec = null) =>
        History.InAttempt(Created(spec)).Replied(Sample.Call("explore", $$"""{"question":"{{Question}}"}""", "ask"));

    /// <summary>The explorer is asked next, and calls a tool.</summary>
    public static History Reads(this History history, string output, string tool = "read_file")
    {
        history.Replied(Sample.Call(tool, """{"x":"a.txt"}""", "look"));
        if (history.Next is not ReadForExplorer read)
        {
            return history;
        }

        return history
            .Given(
                new ExplorerRead
                {
                    Call = read.Call.Id,
                    Tool = read.Call.Name,
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline(output),
                }
            )
            .Decide();
    }

    /// <summary>It answers, and its places are seen.</summary>
    public static History Answers(this History history, string text, params CitedFile[] cited)
    {
        history.Says(text);
        return history.Next is SeePlaces ? history.Answered(cited) : history;
    }

    public static History Answered(this History history, params CitedFile[] cited) =>
        history.Given(ExploreRules.Answer(history.State, cited)).Decide();
}
