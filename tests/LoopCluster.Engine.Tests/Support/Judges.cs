using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Histories with judges: what a driver does for the effects that are due.</summary>
internal static class Judges
{
    public const string Diff = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,2 @@\n a\n+b\n";

    public const string Approve = """{"verdict":"approve","evidence":[{"path":"a.txt","line":2,"note":"b is there"}],"findings":[]}""";

    public const string Reject =
        """{"verdict":"reject","evidence":[],"findings":[{"path":"a.txt","line":2,"severity":"high","message":"b is wrong"}]}""";

    public static readonly ModelBinding Model = Sample.Model with
    {
        Name = "judge",
        Model = "other/Strict-7B",
        Url = "http://localhost/v2",
    };

    public static JudgeGate Gate(int votes = 3, int quorum = 2, string name = "review", params string[] perspectives) =>
        new()
        {
            Name = name,
            Judge = new JudgeSpec
            {
                Votes = votes,
                Quorum = quorum,
                Perspectives = perspectives.Length > 0 ? perspectives : JudgeSpec.DefaultPerspectives,
            },
        };

    /// <summary>Every command has passed on <paramref name="tree"/>, and judges are to see its diff.</summary>
    public static History Due(JudgeGate? gate = null, ModelBinding? model = null, string tree = "t1") =>
        History
            .InAttempt(Sample.Created(Sample.Spec(Sample.Gate("tests"), gate ?? Gate()), ("make", Sample.Model), ("judge", model ?? Model)))
            .Claims(tree)
            .Gate(GateOutcome.Passed, "Ran 3 tests\nOK");

    public static History Asked(JudgeGate? gate = null, ModelBinding? model = null, string diff = Diff) => Due(gate, model).Briefed(diff);

    public static History Briefed(this History history, string diff = Diff)
    {
        history.Then<BriefJudges>();
        var bytes = System.Text.Encoding.UTF8.GetBytes(diff);
        return history
            .Given(
                new JudgeBriefed
                {
                    Tree = history.State.Workspace.Tree,
                    GateTree = history.State.Workspace.Tree,
                    Diff = new BlobRef(Sample.Hash(diff), bytes.Length),
                    Text = diff,
                }
            )
            .Decide();
    }

    /// <summary>The judge whose turn it is answers; a.txt has two lines, and no other file is there.</summary>
    public static History Judged(this History history, string text, ReplyFinish finish = ReplyFinish.Stop)
    {
        history.Asked();
        history.Given(History.Reply() with { Text = text, Finish = finish });
        return history.Read();
    }

    /// <summary>What the last reply cites is looked up.</summary>
    public static History Read(this History history)
    {
        history.Decide();
        return history.Next is SeeCited cited
            ? history.Given(JudgeRules.Answer(history.State, [.. cited.Paths.Select(Seen)])).Decide()
            : history;
    }

    private static CitedFile Seen(string path) => new(path, path == "a.txt" ? 2 : null);
}
