using LoopCluster.Engine.Events;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>The table of wordings: bodies as servers send them, from their sources or issues of their users, and what each means.</summary>
public sealed class WordingTests
{
    [Theory]
    // Too large for this endpoint, now and ever.
    [InlineData(413, "", ModelFailureKind.ContextLength)]
    [InlineData(
        413,
        "<html><head><title>413 Request Entity Too Large</title></head><body>nginx</body></html>",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        413,
        """{"error":{"message":"Request too large for model `m` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 9321, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        413,
        """{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        429,
        """{"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 41234. The input or output tokens must be reduced in order to run successfully.","type":"tokens","code":"rate_limit_exceeded"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        429,
        """{"error":{"message":"Rate limit reached for m on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.","type":"tokens","code":"rate_limit_exceeded"}}""",
        ModelFailureKind.RateLimited
    )]
    [InlineData(
        400,
        """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 202609 tokens > 200000 maximum"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        400,
        """{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        400,
        """[{"error":{"code":400,"message":"The input token count (337807) exceeds the maximum number of tokens allowed (65536).","status":"INVALID_ARGUMENT"}}]""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        400,
        """{"message":"length of prompt_tokens (163280) must be less than max_seq_len (32768)."}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        400,
        """{"error":{"message":"prompt too long; exceeded max context length by 812 tokens","type":"invalid_request_error"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(400, """{"message":"Input is too long for requested model."}""", ModelFailureKind.ContextLength)]
    [InlineData(
        400,
        """{"message":"too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5243"}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        400,
        """{"error":{"message":"Range of input length should be [1, 30720]","code":"invalid_parameter_error"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        400,
        """{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"message\":\"context window exceeds limit (2013)\"}","provider_name":"x"}}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        422,
        """{"error":"Input validation error: `inputs` must have less than 1024 tokens. Given: 2048","error_type":"validation"}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        500,
        """{"error":{"message":"n_prompt_tokens 9000 >= n_ctx 4096","type":"server_error"}}""",
        ModelFailureKind.ContextLength
    )]
    [InlineData(
        500,
        """{"error":{"message":"Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.","code":"x"}}""",
        ModelFailureKind.ContextLength
    )]
    // What the model wrote was no good: the same request may well bring something better.
    [InlineData(
        400,
        """{"error":{"message":"Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<function=write_file{}</function>"}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        400,
        """{"error":{"message":"tool call validation failed: parameters for tool x did not match schema: errors: [`/domain`: expected array, but got string]","type":"invalid_request_error","param":"","code":"tool_use_failed"}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        400,
        """{"error":{"message":"Failed to validate JSON.","code":"json_validate_failed","failed_generation":""}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        500,
        """{"error":{"message":"error parsing tool call: raw='{\"path\":\"a\",\"content\":\"the model is overloaded, maximum context length\"]', err=invalid character ']' after object key:value pair","type":"api_error"}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        500,
        """{"error":{"code":500,"message":"Failed to parse input at pos 120: <tool_call>","type":"server_error"}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        500,
        """{"error":{"message":"The model produced invalid content. Consider modifying your prompt if you are seeing this error persistently.","type":"model_error"}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        400,
        """{"message":"The model produced an invalid sequence as part of ToolUse. Please refer to the model tool use troubleshooting guide."}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(
        500,
        """{"error":{"message":"unexpected tokens remaining in message header: ['to=functions.shell']","type":"Internal Server Error"}}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData(502, """{"error":{"message":"Upstream: invalid tool call arguments"}}""", ModelFailureKind.BrokenReply)]
    [InlineData(200, """{"error":{"message":"Failed to call a function.","code":"tool_use_failed"}}""", ModelFailureKind.BrokenReply)]
    // Not ready, or too busy: not served, and will be.
    [InlineData(503, """{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}""", ModelFailureKind.Overloaded)]
    [InlineData(503, "", ModelFailureKind.Overloaded)]
    [InlineData(503, "<html>503 Service Temporarily Unavailable</html>", ModelFailureKind.Overloaded)]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", ModelFailureKind.Overloaded)]
    [InlineData(500, """{"error":{"message":"llm server loading model","type":"api_error"}}""", ModelFailureKind.Overloaded)]
    [InlineData(400, """{"error":"Model unloaded."}""", ModelFailureKind.Overloaded)]
    [InlineData(400, """{"error":"Model is unloaded."}""", ModelFailureKind.Overloaded)]
    [InlineData(
        404,
        """{"error":{"message":"No models loaded. Please load a model in the developer page or use the `lms load` command.","type":"invalid_request_error","param":"model","code":"model_not_found"}}""",
        ModelFailureKind.Overloaded
    )]
    [InlineData(400, """{"error":"The model has crashed without additional information. (Exit code: 6)"}""", ModelFailureKind.Overloaded)]
    [InlineData(424, """{"error":"Model m is currently loading","estimated_time":20.0}""", ModelFailureKind.Overloaded)]
    [InlineData(400, """{"error":"model was unloaded while processing"}""", ModelFailureKind.Overloaded)]
    [InlineData(400, """{"error":{"message":"Something went wrong. Please try again."}}""", ModelFailureKind.Overloaded)]
    [InlineData(401, """{"error":{"message":"Key expired. Please try again."}}""", ModelFailureKind.Refused)]
    [InlineData(500, """{"error":{"message":"Something went wrong. Please try again."}}""", ModelFailureKind.ServerError)]
    [InlineData(409, """{"error":{"message":"conflict"}}""", ModelFailureKind.Overloaded)]
    [InlineData(425, "", ModelFailureKind.Overloaded)]
    [InlineData(498, """{"error":{"message":"capacity exceeded"}}""", ModelFailureKind.Overloaded)]
    [InlineData(
        498,
        """{"error":{"message":"m is currently over capacity. Please try again and back off exponentially.","type":"internal_server_error"}}""",
        ModelFailureKind.Overloaded
    )]
    [InlineData(
        500,
        """{"error":{"message":"server busy, please try again.  maximum pending requests exceeded"}}""",
        ModelFailureKind.Overloaded
    )]
    [InlineData(
        429,
        """{"error":{"code":"NoCapacity","message":"The system is currently experiencing high demand and cannot process your request."}}""",
        ModelFailureKind.RateLimited
    )]
    // None of these.
    [InlineData(
        500,
        """{"error":{"message":"EngineCore encountered an issue.","type":"InternalServerError"}}""",
        ModelFailureKind.ServerError
    )]
    [InlineData(
        400,
        """{"error":{"message":"Invalid value for 'tools[0].function.name'","type":"invalid_request_error"}}""",
        ModelFailureKind.Refused
    )]
    [InlineData(401, """{"error":{"message":"Incorrect API key; the server is overloaded with wrong ones"}}""", ModelFailureKind.Refused)]
    [InlineData(403, """{"error":{"message":"Request too large for your plan"}}""", ModelFailureKind.Refused)]
    [InlineData(
        404,
        """{"error":{"message":"model \"m\" not found, try pulling it first","type":"api_error"}}""",
        ModelFailureKind.Refused
    )]
    public async Task SendAsync_WhatAFailureSays_DecidesItsKind(int status, string body, ModelFailureKind kind)
    {
        await using var server = RawServer.Answering(status, body);
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(kind, body);
        failure.Served.ShouldBe(kind is ModelFailureKind.BrokenReply or ModelFailureKind.ServerError);
    }

    [Fact]
    public async Task SendAsync_LoadingWithRetryAfter_SaysHowLong()
    {
        await using var server = RawServer.Answering(503, """{"error":{"message":"Loading model"}}""", "Retry-After: 20\r\n");
        await using var services = Call.Services();

        (await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)))).RetryAfter.ShouldBe(TimeSpan.FromSeconds(20));
    }

    private const string Document = """{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}""";
    private const string Events = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    /// <summary>Frameworks and proxies set the wrong type: the bytes decide.</summary>
    [Theory]
    [InlineData("text/plain", Document)]
    [InlineData("text/event-stream", Document)]
    [InlineData("text/html; charset=utf-8", "\uFEFF \r\n" + Document)]
    [InlineData("", Document)]
    [InlineData("application/json", Events)]
    [InlineData("application/x-ndjson", ": ping\n\n" + Events)]
    [InlineData("text/plain", "\uFEFFevent: message\r\n" + Events)]
    [InlineData("application/octet-stream", "\n\n\n" + Events)]
    public async Task SendAsync_MislabelledReply_IsReadByItsBytes(string type, string body)
    {
        await using var server = RawServer.Answering(200, body, type.Length == 0 ? "" : $"Content-Type: {type}\r\n");
        await using var services = Call.Services();

        (await services.Http().AnswerAsync(Call.To(Call.Binding(server.Url)))).Text.ShouldBe("hi");
    }

    [Theory]
    [InlineData("application/json", "<html><body>Bad gateway</body></html>")]
    [InlineData("text/event-stream", "\uFEFF\n<!DOCTYPE html><title>Just a moment</title>")]
    public async Task SendAsync_PageWithStatus200_WasNotServed(string type, string body)
    {
        await using var server = RawServer.Answering(200, body, $"Content-Type: {type}\r\n");
        await using var services = Call.Services();

        var failure = await services.Http().FailureAsync(Call.To(Call.Binding(server.Url)));

        failure.Kind.ShouldBe(ModelFailureKind.Overloaded);
        failure.Served.ShouldBeFalse();
        failure.Message.ShouldContain("a page came instead of a reply");
    }

    [Theory]
    [InlineData(
        """{"object":"error","message":"EngineCore encountered an issue.","type":"InternalServerError","param":null,"code":500}""",
        ModelFailureKind.ServerError
    )]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", ModelFailureKind.ServerError)]
    [InlineData("""{"detail":"worker died"}""", ModelFailureKind.ServerError)]
    [InlineData(
        """{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"upstream"}}]}""",
        ModelFailureKind.BrokenReply
    )]
    [InlineData("""{"choices":[{"index":0,"delta":{},"finish_reason":"malformed_function_call"}]}""", ModelFailureKind.BrokenReply)]
    [InlineData(
        """{"object":"error","message":"This model's maximum context length is 10 tokens.","code":400}""",
        ModelFailureKind.ContextLength
    )]
    public async Task SendAsync_ErrorInAStream_IsNoReply(string chunk, ModelFailureKind kind)
    {
        var body = $"data: {{\"choices\":[{{\"delta\":{{\"content\":\"First I look at\"}}}}]}}\n\ndata: {chunk}\n\ndata: [DONE]\n\n";
        await using var server = RawServer.Answering(200, body, "Content-Type: text/event-stream\r\n");
        await using var services = Call.Services();

        (await services.Http().FailureAsync(Call.To(Call.Binding(server.Url, stream: true)))).Kind.ShouldBe(kind);
    }
}
