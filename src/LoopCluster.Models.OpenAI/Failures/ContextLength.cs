namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>
/// Tells that a prompt was too long. There is no agreed code; these are what servers send, from their sources and issue trackers, matched
/// loosely so that numbers and a reworded half do not matter.
/// </summary>
internal static class ContextLength
{
    private static readonly string[] _codes =
    [
        "context_length_exceeded", // OpenAI, Groq, vLLM behind gateways
        "exceed_context_size", // llama.cpp: type exceed_context_size_error
        "context_window_exceeded", // LiteLLM
        "model_context_window_exceeded",
    ];

    private static readonly string[] _phrases =
    [
        "maximum context length", // OpenAI, vLLM to 0.15, SGLang, OpenRouter
        "model's context length", // vLLM from 0.16, SGLang
        "maximum model length", // vLLM: longer than the maximum model length of
        "maximum input length", // vLLM
        "available context size", // llama.cpp: exceeds the available context size
        "context size has been exceeded", // LM Studio
        "context the overflows", // LM Studio: Trying to keep the first N tokens when context the overflows
        "context overflow", // LM Studio
        "exceeds context length", // LM Studio, Ollama
        "exceeds the context window", // OpenAI
        "exceeds the context length", // Ollama
        "exceeds maximum context", // Ollama
        "exceed context window", // llama-cpp-python
        "exceed context size", // llama.cpp
        "context window of this model", // OpenAI
        "prompt is too long", // Anthropic through gateways, LocalAI
        "input is too long", // Bedrock through gateways
        "reduce the length of the messages", // OpenAI, vLLM, Groq
        "reduce the length of the input", // vLLM
        "`inputs` tokens + `max_new_tokens` must be", // TGI
        "too large for model with", // Mistral
        "exceeds the maximum number of tokens allowed", // Gemini
    ];

    /// <summary>429 limits the rate, whatever its message suggests, and 401 and 403 are about the key.</summary>
    public static bool Is(int status, ErrorBody error) =>
        status is not (401 or 403 or 429)
        && (_codes.Any(code => error.Code.Contains(code, StringComparison.OrdinalIgnoreCase))
            || _phrases.Any(phrase => error.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)));
}
