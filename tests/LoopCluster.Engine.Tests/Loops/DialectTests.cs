using System.Text.Json;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

/// <summary>How a model is asked, as it was said or as its refusals teach.</summary>
public class DialectTests
{
    [Fact]
    public void Build_Dialect_StandsInTheRequest()
    {
        var root = JsonElement.Parse(
            With(
                    """
                    {"maxTokensField":"max_completion_tokens","temperature":0.2,"topP":0.9,"reasoningEffort":"low","toolChoice":"required","parallelToolCalls":false,
                     "systemRole":"developer","streamUsage":false,"extraBody":{"chat_template_kwargs":{"enable_thinking":false}}}
                    """,
                    stream: true
                )
                .Then<CallModel>()
                .Body.Span
        );

        root.EnumerateObject()
            .Select(p => p.Name)
            .ShouldBe([
                "model",
                "max_completion_tokens",
                "temperature",
                "top_p",
                "reasoning_effort",
                "stream",
                "messages",
                "tools",
                "tool_choice",
                "parallel_tool_calls",
                "chat_template_kwargs",
            ]);
        root.GetProperty("temperature").GetDouble().ShouldBe(0.2);
        root.GetProperty("messages")[0].GetProperty("role").GetString().ShouldBe("developer");
        root.GetProperty("chat_template_kwargs").GetRawText().ShouldBe("""{"enable_thinking":false}""");
    }

    [Fact]
    public void Build_SystemRoleUser_IsOneFirstMessage()
    {
        var call = With("""{"systemRole":"user"}""").Then<CallModel>();
        Bodies.Roles(call).ShouldBe(["user"]);
        Bodies.Content(call, 0).ShouldContain("# Goal");
        Bodies.Content(call, 0).ShouldContain("# Where you stand");
    }

    [Theory]
    [InlineData("{}", "max_tokens", "max_completion_tokens", "max_tokens", "max_completion_tokens")]
    [InlineData("""{"maxTokensField":"max_completion_tokens"}""", "max_completion_tokens", null, "max_completion_tokens", "max_tokens")]
    [InlineData("""{"temperature":0}""", "temperature", null, "temperature", null)]
    [InlineData("""{"topP":0.5}""", "top_p", null, "top_p", null)]
    [InlineData("""{"reasoningEffort":"high"}""", "reasoning_effort", null, "reasoning_effort", null)]
    [InlineData("""{"toolChoice":"required"}""", "tool_choice", null, "tool_choice", null)]
    [InlineData("""{"parallelToolCalls":true}""", "parallel_tool_calls", null, "parallel_tool_calls", null)]
    [InlineData("{}", "stream_options", null, "stream_options", null)]
    public void Next_RefusalThatNamesAParameter_IsTriedOnceWithout(
        string dialect,
        string name,
        string? wanted,
        string gone,
        string? instead
    )
    {
        var history = With(dialect, stream: true);
        Bodies.Raw(history.Then<CallModel>()).ShouldContain($"\"{gone}\":");

        history.Asked();
        history.Given(Refused(name, wanted));

        var next = history.Then<CallModel>();
        Bodies.Raw(next).ShouldNotContain($"\"{gone}\":");
        Bodies.Raw(next).ShouldContain($"\"{instead ?? "model"}\":");
        next.Request.Try.ShouldBe(2);
        history.State.Spend.Tokens.ShouldBe(0, "a refusal is billed nothing");

        // Once: the same refusal again is one.
        history.Asked();
        history.Given(Refused(name, wanted)).Decide().ThenStopped(LoopStatus.Parked, "no");
    }

    [Fact]
    public void Next_WhatWasLearned_HoldsForReplayForkAndLaterTurns()
    {
        var history = With("{}");
        history.Asked();
        history.Given(Refused("max_tokens", "max_completion_tokens"));
        history.Asked();
        history.Given(Refused("system", "developer"));
        history.Asked();
        history.Given(Refused("developer", null));
        history.Replied(Sample.Call("shell")).Ran("out");

        Bodies.Raw(history.Then<CallModel>()).ShouldContain("\"max_completion_tokens\":");
        Bodies.Roles(history.Then<CallModel>()).ShouldBe(["user", "assistant", "tool"]);
        Bodies.Raw(History.ForkOf(history.State).Decide().Then<CallModel>()).ShouldContain("\"max_completion_tokens\":");

        var replayer = new LoopReplayer(LoopFold.Begin(LedgerCodec.Read(history.Lines[0])));
        foreach (var line in history.Lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        replayer.Differences.ShouldBeEmpty();
        replayer.State.Dialect(Sample.Model).MaxTokensField.ShouldBe("max_completion_tokens");
    }

    [Fact]
    public void Next_ExtrasRefused_AreLeftOutFromThenOn()
    {
        const string Extra = """{"reasoning":"hm"}""";
        var history = History.InAttempt();
        history.Asked();
        history
            .GivenLive(
                History.Reply(Sample.Call("shell")) with
                {
                    Extra = new BlobRef(Sample.Hash(Extra), Extra.Length),
                    ExtraJson = Extra,
                }
            )
            .Ran("out");
        Bodies.Raw(history.Then<CallModel>()).ShouldContain("\"reasoning\":\"hm\"");

        history.Asked();
        history.Given(Refused("extras", null));

        Bodies.Raw(history.Then<CallModel>()).ShouldNotContain("\"reasoning\"");
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"maxTokensField":"messages"}""", "maxTokensField: must be the name of the limit, such as max_completion_tokens")]
    [InlineData("""{"temperature":3}""", "temperature: must be a number from 0 to 2")]
    [InlineData("""{"topP":"x"}""", "topP: must be a number from 0 to 1")]
    [InlineData("""{"reasoningEffort":7}""", "reasoningEffort: must be a word such as low, medium or high")]
    [InlineData("""{"toolChoice":"none"}""", "toolChoice: must be auto or required")]
    [InlineData("""{"parallelToolCalls":1}""", "parallelToolCalls: must be true or false")]
    [InlineData("""{"systemRole":"root"}""", "systemRole: must be system, developer or user")]
    [InlineData("""{"extraBody":{"max_tokens":1}}""", "extraBody.max_tokens: is decided by the loop: budget and replay stand on it")]
    [InlineData("""{"extraBody":{"n":2}}""", "extraBody.n: is decided by the loop: budget and replay stand on it")]
    [InlineData("""{"extraBody":{"models":["dear"]}}""", "extraBody.models: is decided by the loop: budget and replay stand on it")]
    [InlineData("""{"extraBody":{"temperature":1}}""", "extraBody.temperature: has a key of its own: temperature")]
    [InlineData("""{"extraBody":[]}""", "extraBody: must be a mapping of members that are added to every request")]
    [InlineData(
        """{"extraHeaders":{"Authorization":"Bearer abc"}}""",
        "extraHeaders.Authorization: looks like a secret: name the environment variable that holds it as { env: VARIABLE }"
    )]
    [InlineData(
        """{"extraHeaders":{"api-key":"abc"}}""",
        "extraHeaders.api-key: looks like a secret: name the environment variable that holds it as { env: VARIABLE }"
    )]
    [InlineData("""{"extraHeaders":{"Host":"evil"}}""", "extraHeaders.Host: is no header that may be set")]
    [InlineData("""{"extraHeaders":{"x-session-id":"y"}}""", "extraHeaders.x-session-id: is no header that may be set")]
    [InlineData("""{"extraHeaders":{"X-Title":"a\r\nb"}}""", "extraHeaders.X-Title: must be at most 1024 printable ASCII characters")]
    [InlineData(
        """{"extraHeaders":{"api-key":{"env":"not a name"}}}""",
        "extraHeaders.api-key: env must be the name of an environment variable, not the value itself"
    )]
    [InlineData("""{"extraHeaders":{"api-key":{"env":"AZURE_KEY"},"X-Title":"loops"}}""", null)]
    public void Read_DialectKeys_TellEveryFault(string json, string? fault)
    {
        var faults = new List<string>();
        ModelDialectReader.Read(Sample.Json(json), (key, message) => faults.Add($"{key}: {message}"));
        faults.ShouldBe(fault is null ? [] : [fault]);
    }

    private static History With(string dialect, bool stream = false) =>
        History.InAttempt(
            Sample.Created(
                Sample.Spec(),
                (
                    "make",
                    Sample.Model with
                    {
                        Stream = stream,
                        Dialect = ModelDialectReader.Read(Sample.Json(dialect), (key, message) =>
                            throw new InvalidOperationException($"{key} {message}")
                        ),
                    }
                )
            )
        );

    private static ModelFailed Refused(string name, string? wanted) =>
        ExecuteTests.Failed(ModelFailureKind.Refused) with
        {
            Rejected = new RejectedParameter(name, wanted),
        };
}
