using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tests.Driver;

public sealed class ReplyBorderTests : IDisposable
{
    private const string Key = "CaNaRyKeY7f3a91d2e4b8c6";
    private readonly string _variable = $"REPLY_BORDER_{Guid.NewGuid():N}";
    private readonly string _header = $"REPLY_BORDER_HEADER_{Guid.NewGuid():N}";
    private readonly LoopSecrets _secrets = new(new SecretRedactor([]));

    public ReplyBorderTests() => Environment.SetEnvironmentVariable(_variable, Key);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(_variable, null);
        Environment.SetEnvironmentVariable(_header, null);
    }

    [Fact]
    public void Clean_KeyTheEndpointEchoes_IsNowhereInTheReply()
    {
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes($"Bearer {Key} and more"));
        var answer = new ModelAnswer(
            $"t {Key}",
            [new ToolCall($"i{Key}", $"n{Key}", $$"""{"text":"k {{Key}}","b":"{{base64}}"}""")],
            ReplyFinish.ToolCalls,
            null
        )
        {
            Extra = $$"""{"r":"{{Key}}"}""",
        };

        var clean = ReplyBorder.Clean(
            new ModelResult(answer, new ModelFailure(ModelFailureKind.Refused, $"said {Key}", Served: false)),
            Secrets
        );

        var all = $"{clean.Answer!.Text} {clean.Answer.Tools[0]} {clean.Answer.Extra} {clean.Failure!.Message}";
        all.ShouldNotContain(Key);
        all.ShouldNotContain(base64[12..30]);
        clean.Answer.Tools[0].Arguments.ShouldStartWith("""{"text":"k [redacted]","b":""");
        ReplyBorder.Piece($"x {Key}", Secrets).ShouldBe("x [redacted]");
    }

    [Fact]
    public void Clean_HalvesOfSurrogatePairs_AreReplacedEverywhere()
    {
        var answer = new ModelAnswer("\ud83d", [new ToolCall("\ud83d", "\ude00", """{"a":"\ud83d"}""")], ReplyFinish.ToolCalls, null);

        var clean = Clean(answer);

        (clean.Text, clean.Tools.Single()).ShouldBe(("\ufffd", new ToolCall("\ufffd", "\ufffd", """{"a":"\ufffd"}""")));
    }

    [Fact]
    public void Clean_KeyWrittenInEscapes_IsRedacted()
    {
        var escaped = string.Concat(Key.Select(c => $"\\u{(int)c:x4}"));
        var answer = new ModelAnswer(
            "",
            [new ToolCall("a", "n", $$"""{"x":"k {{escaped}}"}"""), new ToolCall("b", "n", $$"""{"x":"k {{escaped}}""")],
            ReplyFinish.ToolCalls,
            null
        );

        var calls = Clean(answer).Tools;

        (calls[0].Arguments, calls[1].Arguments).ShouldBe(("""{"x":"k [redacted]"}""", """{"x":"k [redacted]"""));
    }

    [Fact]
    public void Clean_EscapesWithoutAKey_StayAsTheyAre()
    {
        const string Arguments = """{ "x" : "\u0041\u00e9 \ud83d\ude00" }""";

        Clean(new ModelAnswer("", [new ToolCall("a", "n", Arguments)], ReplyFinish.ToolCalls, null))
            .Tools.Single()
            .Arguments.ShouldBe(Arguments);
    }

    [Fact]
    public void Clean_HeaderOfAVariable_IsRedacted()
    {
        Environment.SetEnvironmentVariable(_header, "tenant-header-4711");

        Clean(new ModelAnswer("it was tenant-header-4711", [], ReplyFinish.Stop, null)).Text.ShouldBe("it was [redacted]");
    }

    [Fact]
    public void Of_KeyIsRotated_NewOneIsRedacted()
    {
        _ = Secrets;
        Environment.SetEnvironmentVariable(_variable, "AnotherKey99");

        Secrets.Redact("AnotherKey99").ShouldBe("[redacted]");
    }

    [Fact]
    public void Clean_LongIdAndName_AreReplacedAndCut()
    {
        var answer = new ModelAnswer(
            "",
            [
                new ToolCall("a", new string('n', 300), "{}"),
                new ToolCall(new string('i', 20_000), "ok", "{}"),
                new ToolCall(new string('s', 10_000), "ok", "{}"),
            ],
            ReplyFinish.ToolCalls,
            null
        );

        var calls = Clean(answer).Tools;

        (calls[0].Name, calls[1].Id, calls[2].Id.Length).ShouldBe((new string('n', ReplyLimits.MostName), "long_id_1", 10_000));
    }

    [Theory]
    [InlineData(ReplyLimits.MostBytes, true)]
    [InlineData(ReplyLimits.MostBytes + 1, false)]
    public void Clean_ReplyOfManyBytes_IsTakenUpToItsLimit(int bytes, bool taken)
    {
        var result = ReplyBorder.Clean(new ModelResult(new ModelAnswer(new string('x', bytes), [], ReplyFinish.Stop, null), null), Secrets);

        (result.Answer is not null).ShouldBe(taken);
        if (!taken)
        {
            (result.Failure!.Kind, result.Failure.Served).ShouldBe((ModelFailureKind.BrokenReply, true));
            result.Failure.Message.ShouldContain("lower maxTokens");
        }
    }

    private SecretRedactor Secrets => _secrets.Of([Model()]);

    private ModelAnswer Clean(ModelAnswer answer) => ReplyBorder.Clean(new ModelResult(answer, null), Secrets).Answer!;

    private ModelBinding Model() =>
        new()
        {
            Name = "m",
            Model = "m",
            Window = 8192,
            MaxTokens = 1024,
            KeyEnv = _variable,
            Dialect = new ModelDialect
            {
                ExtraHeaders = new SortedDictionary<string, HeaderSource> { ["x-tenant"] = new HeaderSource(Env: _header) },
            },
        };
}
