using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Models;

namespace LoopCluster.Models.OpenAI.Tests;

public sealed class ScriptedModelClientTests
{
    private const string Guarded = """
        replies:
          - text: a
          - { when: red, text: mend, repeat: 2 }
          - { when: slow, text: hurry, repeat: true }
          - text: b
          - { role: judge, text: j }
          - text: c
            repeat: true
        """;

    /// <summary>
    /// A loop that keeps only what the ledger keeps (replies, skips) goes through random messages. At every step a fresh client (a resume),
    /// a client asked twice (a replay, a retry) and the server over HTTP say the same, and no reply is given more often than it stands
    /// there.
    /// </summary>
    [Fact]
    public async Task SendAsync_PositionFromTheLedger_ResumeForkAndHttpAgree()
    {
        var blobs = new MemoryBlobs();
        var script = await blobs.PutAsync(Encoding.UTF8.GetBytes(Guarded), default);
        await using var server = await ScriptFile.ServeAsync(Guarded);
        await using var services = Call.Services(blobs: blobs);
        var random = new Random(7);
        string[] newest = ["red", "slow", "fine"];
        for (var loop = 0; loop < 40; loop++)
        {
            var position = 0;
            var given = new List<string>();
            for (var turn = 0; turn < 12; turn++)
            {
                var body = Call.Body(messages: [("user", "goal"), ("assistant", "x"), ("tool", newest[random.Next(3)])]);
                var resumed = new Scripts.ScriptedModelClient(blobs);
                var answer = await services.Scripted().AnswerAsync(Call.To(Call.Binding(script), body, position));
                (await resumed.AnswerAsync(Call.To(Call.Binding(script), body, position))).ShouldBe(answer);
                (await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url), body, position))).ShouldBe(answer);
                given.Add(answer.Text);
                position += 1 + answer.Skipped;
            }

            given.Count(text => text == "a").ShouldBe(1);
            given.Count(text => text == "mend").ShouldBeLessThanOrEqualTo(2);
            given.Count(text => text == "b").ShouldBeLessThanOrEqualTo(1);
            given.ShouldBe(given.OrderBy(text => Array.IndexOf(["a", "mend", "hurry", "b", "c"], text)));
        }
    }

    [Fact]
    public async Task SendAsync_Roles_HaveTheirOwnOrder()
    {
        var (client, model) = await ClientAsync(
            "replies: [{ role: judge, text: j1 }, { text: any1 }, { role: make, text: m1 }, { role: judge, text: j2 }]"
        );
        (await client.AnswerAsync(Call.To(model, turn: 0))).Text.ShouldBe("any1");
        (await client.AnswerAsync(Call.To(model, turn: 1))).Text.ShouldBe("m1");
        (await client.AnswerAsync(Call.To(model, turn: 0, role: "judge"))).Text.ShouldBe("j1");
        (await client.AnswerAsync(Call.To(model, turn: 2, role: "judge"))).Text.ShouldBe("j2");
    }

    [Fact]
    public async Task SendAsync_NothingFits_IsRefusedNotServed()
    {
        var (client, model) = await ClientAsync("replies: [{ when: never, text: x }]");
        var failure = await client.FailureAsync(Call.To(model));
        failure.Kind.ShouldBe(ModelFailureKind.Refused);
        failure.Served.ShouldBeFalse();
        failure.Message.ShouldContain("The script has no reply left that fits: role make, position 0");
    }

    [Theory]
    [InlineData("tool", "exit code 1", "red")]
    [InlineData("user", "[gate] exit code 1", "red")]
    [InlineData("tool", "exit code 0", "green")]
    public async Task SendAsync_Condition_ReadsTheNewestMessage(string role, string text, string expected)
    {
        var (client, model) = await ClientAsync("""replies: [{ when: "exit code [1-9]", text: red }, { text: green }]""");
        var body = Call.Body(
            messages:
            [
                ("system", "exit code 9"),
                ("user", "exit code 8"),
                ("assistant", "exit code 7"),
                (role, text),
                ("assistant", "exit code 5"),
            ]
        );
        (await client.AnswerAsync(Call.To(model, body))).Text.ShouldBe(expected);
    }

    [Fact]
    public async Task SendAsync_ContentInParts_IsJoinedForTheCondition()
    {
        var (client, model) = await ClientAsync("""replies: [{ when: "^a\\nb😀$", text: fits }]""");
        var body =
            """{"messages":[{"content":[{"type":"text","text":"a\n"},{"type":"text","text":"b\ud83d\ude00"}],"role":"tool"}]}"""u8.ToArray();
        (await client.AnswerAsync(Call.To(model, body))).Text.ShouldBe("fits");
    }

    [Fact]
    public async Task SendAsync_UsageEstimated_StaysBelowTheReservation()
    {
        var (client, model) = await ClientAsync($"replies: [{{ text: {new string('x', 40_000)} }}]");
        var body = Call.Body(maxTokens: 512);
        var usage = (await client.AnswerAsync(Call.To(model, body))).Usage.ShouldNotBeNull();
        usage.In.ShouldBe((body.Length + 3) / 4);
        usage.Out.ShouldBe(512);
    }

    [Fact]
    public async Task SendAsync_ConditionExplodes_IsRefusedAndNamed()
    {
        var (client, model) = await ClientAsync("""replies: [{ when: "^(a+)+(?=b)$", text: x }]""");
        var failure = await client.FailureAsync(Call.To(model, Call.Body(messages: [("user", "g"), ("tool", new string('a', 60) + "!")])));
        failure.Kind.ShouldBe(ModelFailureKind.Refused);
        failure.Message.ShouldContain("took longer than 1 s");
    }

    [Fact]
    public async Task SendAsync_ScriptGoneOrBroken_IsRefused()
    {
        var blobs = new MemoryBlobs();
        await using var services = Call.Services(blobs: blobs);
        (await services.Scripted().FailureAsync(Call.To(Call.Binding(new BlobRef("00", 0))))).Message.ShouldContain(
            "not in the blob store"
        );
        var broken = await blobs.PutAsync("replies: 1"u8.ToArray(), default);
        (await services.Scripted().FailureAsync(Call.To(Call.Binding(broken)))).Message.ShouldContain("replies: must be a list");
        var good = await blobs.PutAsync("replies: [{ text: x }]"u8.ToArray(), default);
        (await services.Scripted().FailureAsync(Call.To(Call.Binding(good), "{}"u8.ToArray()))).Kind.ShouldBe(ModelFailureKind.Refused);
        (await services.Scripted().FailureAsync(Call.To(Call.Binding(good)), new CancellationToken(true))).Kind.ShouldBe(
            ModelFailureKind.Aborted
        );
    }

    [Fact]
    public async Task SendAsync_SameScript_IsReadOnce()
    {
        var blobs = new MemoryBlobs();
        await using var services = Call.Services(blobs: blobs);
        var script = await blobs.PutAsync("replies: [{ text: x, repeat: true }]"u8.ToArray(), default);
        for (var turn = 0; turn < 5; turn++)
        {
            await services.Scripted().AnswerAsync(Call.To(Call.Binding(script), turn: turn));
        }

        blobs.Opened.ShouldBe(1);
        (await services.Scripted().AnswerAsync(Call.To(Call.Binding(script), turn: ModelScript.Forever - 1))).Text.ShouldBe("x");
    }

    private static async Task<(Scripts.ScriptedModelClient Client, ModelBinding Model)> ClientAsync(string script)
    {
        var blobs = new MemoryBlobs();
        var blob = await blobs.PutAsync(Encoding.UTF8.GetBytes(script), default);
        return (new Scripts.ScriptedModelClient(blobs), Call.Binding(blob));
    }
}
