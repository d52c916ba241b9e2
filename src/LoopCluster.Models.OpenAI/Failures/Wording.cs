namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>
/// What a failure says, where its status does not. There are no agreed codes; these are words of servers, from their sources and their
/// users' reports, matched loosely so that numbers and a reworded half do not matter. A table of whole bodies is in the tests.
/// </summary>
internal static class Wording
{
    private static readonly string[] _badGeneration =
    [
        "tool_use_failed", // Groq
        "failed_generation", // Groq
        "failed to call a function", // Groq
        "tool call validation failed", // Groq
        "tool choice is required, but model did not call a tool", // Groq
        "output_parse_failed", // Groq
        "error parsing tool call", // Ollama
        "failed to parse tool call", // llama.cpp, LM Studio
        "failed to parse input at pos", // llama.cpp: its own parser on the model's output
        "invalid tool call", // gateways
        "invalid_tool_call",
        "model produced invalid content", // OpenAI: "The model produced invalid content."
        "model produced an invalid", // Bedrock: "... sequence as part of ToolUse"
        "invalid sequence as part of tooluse", // Bedrock
        "unexpected tokens remaining in message header", // vLLM with gpt-oss
        "unexpected token while parsing", // openai-harmony
        "malformed_function_call", // Gemini
        "model output could not be parsed",
        "could not parse the model's output",
        "output is not valid json", // JSON mode of gateways
        "json_validate_failed", // Groq's JSON mode
    ];

    private static readonly string[] _notReady =
    [
        "loading model", // llama.cpp, Ollama
        "model is loading", // TGI, LocalAI, gateways
        "is currently loading", // Hugging Face: "Model x is currently loading"
        "model is not ready", // KServe, Triton
        "model not loaded", // LM Studio, llama-swap
        "model_not_loaded",
        "no models loaded", // LM Studio
        "model unloaded", // LM Studio
        "model is unloaded", // LM Studio
        "was unloaded", // Ollama, llama-swap
        "is being unloaded",
        "model has crashed", // LM Studio
        "model crashed", // LM Studio
        "server is starting", // vLLM behind probes
        "llm server loading model", // Ollama
        "starting up",
        "warming up", // Replicate, Baseten
        "overloaded", // Anthropic, OpenAI, DeepSeek
        "server_overloaded",
        "server is busy", // DeepSeek
        "server busy", // Ollama: "server busy, please try again. maximum pending requests exceeded"
        "maximum pending requests", // Ollama
        "engine is dead", // vLLM
        "enginedeaderror", // vLLM
        "no available server", // Traefik
        "no healthy upstream", // Envoy
        "no instances available", // gateways of clusters
        "no available channel", // one-api
        "at capacity", // Groq, Together
        "over capacity", // Groq: "is currently over capacity"
        "capacity constraints",
        "temporarily unavailable",
        "service_unavailable",
        "deployment is not ready", // Azure
        "nocapacity", // Azure
        "system is experiencing high demand", // Azure
    ];

    /// <summary>Of a refusal: what asks to be asked again is none. Behind a 5xx the work may have been done.</summary>
    private static readonly string[] _again = ["please retry", "please try again", "try again later", "try again in"];

    /// <summary>The model wrote something its own server could not read. The same request may well bring a good one.</summary>
    public static bool IsBadGeneration(int status, ErrorBody error) =>
        status is 400 or 422 or (>= 500 and < 600) or 200 && error.Says(_badGeneration);

    /// <summary>
    /// Weights are being read, or others are served: a time later the same request is served. Never of 401 and 403, which are about the
    /// key. 409 and 425 say that two requests met or that it came too early, 498 is Groq's for "no capacity".
    /// </summary>
    public static bool IsNotReady(int status, ErrorBody error) =>
        status is 409 or 425 or 498 or 503 or 529
        || (status is not (401 or 403) && (error.Says(_notReady) || (status < 500 && error.Says(_again))));
}
