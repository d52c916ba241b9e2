using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Telemetry;

/// <summary>
/// What of OpenTelemetry's semantic conventions for generative AI we write, and the only place that knows their names. They are marked as
/// being in development: when they change, this file does. Content (prompts, replies, arguments, results) has names there too, and none
/// here.
/// </summary>
internal static class GenAiConventions
{
    /// <summary>Version 0.1.0 of semantic-conventions-genai.</summary>
    public const string SchemaUrl = "https://opentelemetry.io/schemas/gen-ai/0.1.0";

    public const string OperationDuration = "gen_ai.client.operation.duration";
    public const string TokenUsage = "gen_ai.client.token.usage";
    public const string ErrorType = "error.type";

    /// <summary>Of a loop's span. The loop's id is an attribute: names are few.</summary>
    public const string LoopName = $"{InvokeAgent} {AgentNames.Make}";

    private const string InvokeAgent = "invoke_agent";
    private const string Operation = "gen_ai.operation.name";
    private const string Provider = "gen_ai.provider.name";
    private const string Conversation = "gen_ai.conversation.id";
    private const string Agent = "gen_ai.agent.name";
    private const string RequestModel = "gen_ai.request.model";
    private const string Chat = "chat";

    /// <summary>Buckets the conventions ask for.</summary>
    public static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    public static readonly InstrumentAdvice<long> Tokens = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    public static TagList Loop(LoopState state) =>
        new()
        {
            { Operation, InvokeAgent },
            { Agent, AgentNames.Make },
            { Conversation, state.Id.Value },
        };

    public static string NameOf(ModelBinding model) => $"{Chat} {model.Model}";

    public static TagList Call(CallModel call, LoopState state)
    {
        var model = call.Model;
        var tags = new TagList
        {
            { Operation, Chat },
            { Provider, ProviderOf(model) },
            { Conversation, state.Id.Value },
            { Agent, call.Request.Agent },
            { RequestModel, model.Model },
            { "gen_ai.request.max_tokens", call.Request.MaxTokens },
        };
        if (Uri.TryCreate(model.Url, UriKind.Absolute, out var url))
        {
            tags.Add("server.address", url.IdnHost);
            tags.Add("server.port", url.Port);
        }

        return tags;
    }

    public static void Replied(Activity span, ModelReplied reply) =>
        span.SetTag("gen_ai.response.finish_reasons", new[] { EnumNames.Of(reply.Finish) })
            .SetTag("gen_ai.usage.input_tokens", reply.Usage.In)
            .SetTag("gen_ai.usage.output_tokens", reply.Usage.Out)
            .SetTag("gen_ai.usage.cache_read.input_tokens", reply.Usage.Cached);

    public static string NameOf(ToolCall call) => $"execute_tool {call.Name}";

    public static TagList Tool(ToolCall call, LoopState state)
    {
        var tags = new TagList
        {
            { Operation, "execute_tool" },
            { "gen_ai.tool.name", call.Name },
            { "gen_ai.tool.type", "function" },
            { Conversation, state.Id.Value },
        };
        if (IsPlain(call.Id))
        {
            tags.Add("gen_ai.tool.call.id", call.Id);
        }

        return tags;
    }

    public static TagList Duration(ModelBinding model, ModelResult result)
    {
        var tags = new TagList
        {
            { Operation, Chat },
            { Provider, ProviderOf(model) },
            { RequestModel, model.Model },
        };
        if (result.Failure is { } failure)
        {
            tags.Add(ErrorType, EnumNames.Of(failure.Kind));
        }

        return tags;
    }

    public static TagList Usage(ModelBinding model, string type) =>
        new()
        {
            { Operation, Chat },
            { Provider, ProviderOf(model) },
            { RequestModel, model.Model },
            { "gen_ai.token.type", type },
        };

    /// <summary>Whoever runs the endpoint, what is spoken is OpenAI's.</summary>
    private static string ProviderOf(ModelBinding model) => model.Script is null ? "openai" : "loopcluster.script";

    /// <summary>Ids come from the model: what is no id to look at may be anything it wrote.</summary>
    private static bool IsPlain(string id) => id.Length is > 0 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
