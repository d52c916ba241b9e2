namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>Replies in the shapes servers send.</summary>
internal static class Recorded
{
    public static TheoryData<string, string> Whole =>
        new()
        {
            {
                "OpenAI text",
                """{"id":"chatcmpl-B9","object":"chat.completion","created":1741569952,"model":"gpt-4.1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello! \u00fc \ud83d\ude00 \"quoted\"\n","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"service_tier":"default"}"""
            },
            {
                "OpenAI tool call",
                """{"id":"chatcmpl-abc","object":"chat.completion","created":1699896916,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_abc123","type":"function","function":{"name":"shell","arguments":"{\n\"command\": \"ls -la\"\n}"}}]},"logprobs":null,"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99}}"""
            },
            {
                "vLLM two tool calls with reasoning",
                """{"id":"chatcmpl-6f","object":"chat.completion","created":1750000000,"model":"Qwen/Qwen3-32B","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"\nthink","content":"\n\n","tool_calls":[{"id":"chatcmpl-tool-1","type":"function","function":{"name":"read_file","arguments":"{\"path\": \"a\"}"}},{"id":"chatcmpl-tool-2","type":"function","function":{"name":"read_file","arguments":"{\"path\": \"b\"}"}}]},"logprobs":null,"finish_reason":"tool_calls","stop_reason":null}],"usage":{"prompt_tokens":163,"total_tokens":199,"completion_tokens":36,"prompt_tokens_details":null},"prompt_logprobs":null,"kv_transfer_params":null}"""
            },
            {
                "llama.cpp",
                """{"choices":[{"finish_reason":"length","index":0,"message":{"role":"assistant","content":"The quick"}}],"created":1726500000,"model":"gpt-3.5-turbo","system_fingerprint":"b3000","object":"chat.completion","usage":{"completion_tokens":2,"prompt_tokens":11,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":10}},"id":"chatcmpl-q","timings":{"prompt_n":1,"cache_n":10,"predicted_ms":12.5}}"""
            },
            {
                "filtered",
                """{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3}}"""
            },
            {
                "no usage, members in another order",
                """{"choices":[{"finish_reason":"stop","message":{"tool_calls":null,"content":"ok","role":"assistant"},"index":0}],"model":"m","created":1,"object":"chat.completion","id":"x"}"""
            },
        };

    public static TheoryData<string, string[]> Streamed =>
        new()
        {
            {
                "OpenAI text",
                [
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Grüße "},"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"\ud83d\ude00"},"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":8}}}""",
                ]
            },
            {
                "OpenAI two tool calls",
                [
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"shell","arguments":""}}]},"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"comm"}}]},"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"and\":\"ls\"}"}}]},"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"done","arguments":"{}"}}]},"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""",
                ]
            },
            {
                "vLLM, reasoning first, cut by length, usage with the last delta",
                [
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"reasoning_content":"hm"},"logprobs":null,"finish_reason":null}]}""",
                    """{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"so"},"logprobs":null,"finish_reason":"length","stop_reason":null}],"usage":{"prompt_tokens":2,"total_tokens":4,"completion_tokens":2}}""",
                ]
            },
        };

    public static string Events(IEnumerable<string> chunks, string end = "\n\n", string last = "[DONE]") =>
        string.Concat(chunks.Append(last).Where(chunk => chunk.Length > 0).Select(chunk => $"data: {chunk}{end}"));
}
