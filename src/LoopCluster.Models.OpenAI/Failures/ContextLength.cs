using System.Globalization;
using System.Text.RegularExpressions;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>
/// Tells that a request was too long to be served, now or ever. There is no agreed code; these are what servers send, from their sources
/// and issue trackers, matched loosely so that numbers and a reworded half do not matter.
/// </summary>
internal static partial class ContextLength
{
    private static readonly string[] _words =
    [
        "context_length_exceeded", // OpenAI, Groq, vLLM behind gateways
        "exceed_context_size", // llama.cpp: type exceed_context_size_error
        "context_window_exceeded", // LiteLLM
        "model_context_window_exceeded",
        "string_above_max_length", // OpenAI, of one message
        "request_too_large", // Anthropic
        "tokens_limit_reached", // GitHub Models
        "maximum context length", // OpenAI, vLLM to 0.15, SGLang, OpenRouter
        "model's context length", // vLLM from 0.16, SGLang
        "model's maximum context", // Together
        "maximum model length", // vLLM: longer than the maximum model length of
        "maximum input length", // vLLM
        "max_model_len", // vLLM: exceeds max_model_len
        "max_seq_len", // TensorRT-LLM, Volcano: must be less than max_seq_len
        "available context size", // llama.cpp: exceeds the available context size
        "context size has been exceeded", // LM Studio
        "context the overflows", // LM Studio: Trying to keep the first N tokens when context the overflows
        "context overflow", // LM Studio
        "exceeds context length", // LM Studio, Ollama
        "exceeds the context window", // OpenAI
        "exceeds the context length", // Ollama
        "exceeds maximum context", // Ollama
        "exceeds the model's context", // gateways
        "exceed context window", // llama-cpp-python
        "exceed context limit", // Anthropic: input length and `max_tokens` exceed context limit
        "exceed context size", // llama.cpp
        "context window of this model", // OpenAI
        "context window limit", // MiniMax: context window exceeds limit
        "window exceeds limit", // MiniMax
        "context length exceeded", // gateways
        "larger than the context", // llama.cpp: the prompt is larger than the context size
        "longer than the context", // SGLang
        "n_ctx", // llama.cpp: n_prompt_tokens >= n_ctx
        "prompt is too long", // Anthropic through gateways, LocalAI
        "prompt too long", // Ollama: prompt too long; exceeded max context length
        "input is too long", // Bedrock through gateways
        "input too long", // Bedrock
        "too many tokens", // Cohere, gateways
        "too many input tokens", // Bedrock
        "input tokens exceed", // OpenAI: Input tokens exceed the configured limit
        "input token count", // Gemini: The input token count (N) exceeds the maximum number of tokens allowed (M)
        "reduce the length of the messages", // OpenAI, vLLM, Groq
        "reduce the length of the input", // vLLM
        "reduce the length of either", // OpenRouter
        "reduce your prompt", // OpenAI, older
        "reduce your message size", // Groq
        "`inputs` tokens + `max_new_tokens` must be", // TGI
        "`inputs` must have less than", // TGI
        "too large for model with", // Mistral
        "exceeds the maximum number of tokens allowed", // Gemini
        "exceeds the maximum length", // Volcano
        "range of input length should be", // DashScope
        "request entity too large", // proxies
        "payload too large", // proxies, Express
        "request body too large", // proxies, GitHub Models
        "content length limit", // proxies
        "length limit exceeded", // axum
    ];

    /// <summary>
    /// 401 and 403 are about the key; 429 limits the rate, but for a request that alone is over the limit: that is never served.
    /// </summary>
    public static bool Is(int status, ErrorBody error) =>
        status switch
        {
            401 or 403 => false,
            413 => true,
            429 => IsOverRateAlone(error.Said),
            _ => error.Says(_words),
        };

    /// <summary>OpenAI and Groq: "Request too large for ... tokens per min (TPM): Limit 30000, Requested 41234."</summary>
    private static bool IsOverRateAlone(string text)
    {
        var limits = Limits().Match(text);
        return limits.Success
            && long.TryParse(limits.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && long.TryParse(limits.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var requested)
            && requested > limit;
    }

    [GeneratedRegex(
        @"Request too large.{0,300}?Limit:? (\d{1,18}),.{0,40}?Requested:? (\d{1,18})",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex Limits();
}
