using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tests.Driver;

public sealed class ReplyBorderTests : IDisposable
{
    private const string Key = "CaNaRyKeY7f3a91d2e4b8c6";
    private readonly string _variable = $"REPLY_BORDER_{Guid.NewGuid():N}";
    private readonly ReplyBorder _border = new(new SecretRedactor([]));

    public ReplyBorderTests() => Environment.SetEnvironmentVariable(_variable, Key);

    public void Dispose() => Environment.SetEnvironmentVariable(_variable, null);

    [Fact]
    public void Clean_KeyTheEndpointEchoes_IsNowhereInTheReply()
    {
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes($"Bearer {Key} and more"));
        var answer = new ModelAnswer($"t {Key}", [new ToolCall($"i{Key}", $"n{Key}", $$"""{"text":"k {{Key}}","b":"{{base64}}"}""")], ReplyFinish.ToolCalls, null) { Extra = $$"""{"r":"{{Key}}"}""" };

        var clean = _border.Clean(new ModelResult(answer, new ModelFailure(ModelFailureKind.Refused, $"said {Key}", Served: false)), Model());

        var all = $"{clean.Answer!.Text} {clean.Answer.Tools[0]} {clean.Answer.Extra} {clean.Failure!.Message}";
        all.ShouldNotContain(Key);
        all.ShouldNotContain(base64[12..30]);
        clean.Answer.Tools[0].Arguments.ShouldStartWith("""{"text":"k [redacted]","b":""");
        _border.Piece($"x {Key}", Model()).ShouldBe("x [redacted]");
    }

    [Fact]
    public void Clean_HalvesOfSurrogatePairs_AreReplacedEverywhere()
    {
        var answer = new ModelAnswer("\ud83d", [new ToolCall("\ud83d", "\ude00", """{"a":"\ud83d"}""")], ReplyFinish.ToolCalls, null);

        var clean = _border.Clean(new ModelResult(answer, null), Model()).Answer!;

        (clean.Text, clean.Tools.Single()).ShouldBe(("\ufffd", new ToolCall("\ufffd", "\ufffd", """{"a":"\ufffd"}""")));
    }

    private ModelBinding Model() => new() { Name = "m", Model = "m", Window = 8192, MaxTokens = 1024, KeyEnv = _variable };
}
