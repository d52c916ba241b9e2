using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Models;

namespace LoopCluster.Runtime.Tests.Models;

public sealed class ModelScriptTests
{
    [Fact]
    public void Parse_EveryField_IsRead()
    {
        var script = ModelScript.Parse(
            """
            replies:
              - role: judge
                when: (?i)error
                text: t
                tools:
                  - { name: a, arguments: { x: [1, "ü"], y: null } }
                  - { name: b, arguments: "{not json" }
                  - { name: c }
                usage: { in: 3, out: 4 }
                repeat: 5
              - { text: cut, finish: length, repeat: true }
            """
        );

        var first = script.Replies[0];
        first.Role.ShouldBe("judge");
        first.When!.IsMatch("an ERROR").ShouldBeTrue();
        first.Tools.ShouldBe([
            new ScriptTool("a", """{"x":[1,"ü"],"y":null}"""),
            new ScriptTool("b", "{not json"),
            new ScriptTool("c", "{}"),
        ]);
        first.Usage.ShouldBe(new Usage(3, 4));
        first.Repeat.ShouldBe(5);
        first.Finish.ShouldBe(ReplyFinish.ToolCalls);
        script.Replies[1].Finish.ShouldBe(ReplyFinish.Length);
        script.Replies[1].Repeat.ShouldBe(ModelScript.Forever);
    }

    [Fact]
    public void Parse_Json_IsTheSame() =>
        ModelScript.Parse("""{"replies":[{"text":"x"}]}"""u8).Replies.ShouldHaveSingleItem().Text.ShouldBe("x");

    [Fact]
    public void Parse_Faults_AreAllToldWithTheirPaths()
    {
        var fault = Should.Throw<BadInputException>(() =>
            ModelScript.Parse(
                """
                extra: 1
                replies:
                  - { role: boss, when: "(", text: 5 }
                  - {}
                  - { tools: [{ arguments: [] }, 7], usage: { in: -1 }, repeat: 0, finish: stop }
                  - word
                  - { tool: x, text: y, repeat: false }
                """
            )
        );

        fault.Code.ShouldBe("script-invalid");
        fault
            .Faults.Select(f => f.Path)
            .ShouldBe(
                [
                    "extra",
                    "replies[0].role",
                    "replies[0].when",
                    "replies[0].text",
                    "replies[1]",
                    "replies[2].tools[0].name",
                    "replies[2].tools[0].arguments",
                    "replies[2].tools[1]",
                    "replies[2].usage.in",
                    "replies[2].usage.out",
                    "replies[2].finish",
                    "replies[2].repeat",
                    "replies[3]",
                    "replies[4].tool",
                    "replies[4].repeat",
                ],
                ignoreOrder: true
            );
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("replies: []")]
    [InlineData("replies: {}")]
    public void Parse_NoReplies_IsBadInput(string text) =>
        Should.Throw<BadInputException>(() => ModelScript.Parse(text)).Code.ShouldBe("script-invalid");

    [Fact]
    public void Parse_RepeatsBeyondCounting_IsBadInput() =>
        Should
            .Throw<BadInputException>(() =>
                ModelScript.Parse("replies:\n" + string.Concat(Enumerable.Repeat("- { text: x, repeat: true }\n", 2049)))
            )
            .Message.ShouldContain("too many");

    /// <summary>Positions of the role: a 0, b 1 and 2, c 3 up to 3 + Forever, d after it.</summary>
    [Theory]
    [InlineData(0, "x", "a", 0)]
    [InlineData(1, "go", "b", 0)]
    [InlineData(2, "go", "b", 0)]
    [InlineData(1, "x", "d", 2 + ModelScript.Forever)]
    [InlineData(2, "wait", "c", 1)]
    [InlineData(3, "wait", "c", 0)]
    [InlineData(500, "wait", "c", 0)]
    [InlineData(500, "x", "d", ModelScript.Forever - 497)]
    [InlineData(3 + ModelScript.Forever, "wait", "d", 0)]
    [InlineData(4 + ModelScript.Forever, "go", null, 0)]
    [InlineData(int.MaxValue, "go", null, 0)]
    public void Find_Position_PassesOverWhatDoesNotFit(int position, string newest, string? text, int skipped)
    {
        var script = ModelScript.Parse(
            "replies: [{ text: a }, { when: go, text: b, repeat: 2 }, { role: plan, text: p }, { when: wait, text: c, repeat: true }, { text: d }]"
        );
        var step = script.Find("make", position, () => newest);
        (step?.Reply.Text).ShouldBe(text);
        (step?.Skipped ?? 0).ShouldBe(skipped);
    }

    [Fact]
    public void Find_NoMessageYet_FitsNoCondition()
    {
        var script = ModelScript.Parse("replies: [{ when: '', text: a }, { text: b }]");
        script.Find("make", 0, () => null)!.Value.Reply.Text.ShouldBe("b");
        script.Find("make", 0, () => "")!.Value.Reply.Text.ShouldBe("a");
    }
}
