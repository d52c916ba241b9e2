using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>Refusals that name a parameter, in the words of servers, and headers of a model's own.</summary>
public sealed class DialectTests
{
    [Theory]
    [InlineData(
        400,
        """{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}""",
        "max_tokens",
        "max_completion_tokens"
    )]
    [InlineData(
        400,
        """{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted', 'input': 8192}]","type":"BadRequestError","param":null,"code":400}""",
        "max_completion_tokens",
        null
    )]
    [InlineData(
        400,
        """{"error":{"message":"Unsupported value: 'temperature' does not support 0.16 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}""",
        "temperature",
        null
    )]
    [InlineData(400, """{"error":{"message":"Unsupported parameter: 'top_p' is not supported with this model."}}""", "top_p", null)]
    [InlineData(
        422,
        """{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}""",
        "stream_options",
        null
    )]
    [InlineData(
        400,
        """{"error":{"message":"Unsupported parameter: 'parallel_tool_calls' is not supported with this model."}}""",
        "parallel_tool_calls",
        null
    )]
    [InlineData(400, """{"error":{"message":"tool_choice 'required' is not supported for this model"}}""", "tool_choice", null)]
    [InlineData(400, """{"error":{"message":"Unrecognized request argument supplied: reasoning_effort"}}""", "reasoning_effort", null)]
    [InlineData(
        400,
        """{"error":{"message":"Unsupported value: 'messages[0].role' does not support 'system' with this model.","param":"messages[0].role","code":"unsupported_value"}}""",
        "system",
        null
    )]
    [InlineData(400, """{"error":{"message":"Unsupported role 'system'. Use 'developer' instead."}}""", "system", "developer")]
    [InlineData(500, """{"error":{"code":500,"message":"System role not supported","type":"server_error"}}""", "system", null)]
    [InlineData(400, """{"object":"error","message":"Only user and assistant roles are supported!","code":400}""", "system", "user")]
    [InlineData(422, """{"error":{"message":"Unexpected role 'developer', should be one of 'system', 'user'"}}""", "developer", "system")]
    [InlineData(
        400,
        """{"error":{"message":"'messages.2' : for 'role:assistant' the following must be satisfied[('messages.2' : property 'reasoning_content' is unsupported)]","type":"invalid_request_error"}}""",
        "extras",
        null
    )]
    [InlineData(400, """{"error":{"message":"Invalid value for 'messages[1].content'"}}""", null, null)]
    [InlineData(
        400,
        """{"error":{"message":"Missing `reasoning_content` field in the assistant message at message index 2.","type":"invalid_request_error"}}""",
        null,
        null
    )]
    [InlineData(401, """{"error":{"message":"max_tokens is not supported with this key"}}""", null, null)]
    public async Task SendAsync_RefusalOfAParameter_NamesIt(int status, string body, string? name, string? wanted)
    {
        await using var server = RawServer.Answering(status, body);
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.Refused);
        failure.Served.ShouldBeFalse();
        failure.Rejected.ShouldBe(name is null ? null : new RejectedParameter(name, wanted));
    }

    [Fact]
    public async Task SendAsync_ExtraHeaders_AreSentAndTheirSecretsNeverShown()
    {
        const string Variable = "LOOPCLUSTER_TEST_DIALECT_HEADER";
        Environment.SetEnvironmentVariable(Variable, "s3cret-of-a-header");
        await using var server = RawServer.Answering(400, """{"error":{"message":"bad key s3cret-of-a-header"}}""");
        await using var services = Call.Services();
        var model = Call.Binding(server.Url) with
        {
            Dialect = new ModelDialect
            {
                ExtraHeaders = new Dictionary<string, HeaderSource> { ["Authorization"] = new(Env: Variable), ["X-Title"] = new("loops") },
            },
        };

        var failure = await services.Http().FailureAsync(Call.To(model));

        failure.Message.ShouldContain("[redacted]");
        failure.Message.ShouldNotContain("s3cret");
        var sent = server.Requests.Single();
        sent.ShouldContain("Authorization: s3cret-of-a-header\r\n");
        sent.ShouldContain("X-Title: loops\r\n");
    }

    [Fact]
    public async Task SendAsync_HeaderVariableNotSet_IsRefusedAndSaysWhich()
    {
        await using var services = Call.Services();
        var model = Call.Binding(new Uri("http://127.0.0.1:9/v1")) with
        {
            Dialect = new ModelDialect
            {
                ExtraHeaders = new Dictionary<string, HeaderSource> { ["api-key"] = new(Env: "LOOPCLUSTER_TEST_NO_SUCH") },
            },
        };

        var failure = await services.Http().FailureAsync(Call.To(model));

        failure.Kind.ShouldBe(ModelFailureKind.Refused);
        failure.Message.ShouldContain("LOOPCLUSTER_TEST_NO_SUCH, which should hold the header api-key, is not set");
    }
}
