namespace LoopCluster.TestKit.Endpoints;

/// <summary>What an endpoint says once: the exact bytes of an HTTP response.</summary>
/// <param name="What">What it is, for the message of a test that fails.</param>
/// <param name="Close">The connection ends behind it.</param>
public sealed record RawReply(string What, byte[] Bytes, bool Close)
{
    private static readonly byte[] Verifying =
        """
        {"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[
        {"id":"w","type":"function","function":{"name":"write_file","arguments":"{\"path\":\"answer.txt\",\"content\":\"42\\n\"}"}},
        {"id":"d","type":"function","function":{"name":"done","arguments":"{\"summary\":\"ready\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":900,"completion_tokens":40}}
        """u8.ToArray();

    /// <summary>Calls that write the answer and claim to be done.</summary>
    public static RawReply Good { get; } = Of("a good one", 200, Verifying);

    /// <summary>One call; <paramref name="arguments"/> as they stand inside a JSON string.</summary>
    public static RawReply Calling(string tool, string arguments) =>
        Of(
            "a call",
            200,
            System.Text.Encoding.UTF8.GetBytes(
                $$$"""{"choices":[{"message":{"tool_calls":[{"id":"c","type":"function","function":{"name":"{{{tool}}}","arguments":"{{{arguments}}}"}}]}}]}"""
            )
        );

    /// <summary>429 with a wish to be left alone for a while.</summary>
    public static RawReply Busy(int retryAfterSeconds) =>
        new(
            "busy",
            System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 429 X\r\nRetry-After: {retryAfterSeconds}\r\nContent-Length: 2\r\n\r\n{{}}"),
            Close: false
        );

    public static RawReply Of(string what, int status, byte[] body) =>
        new(
            what,
            [.. System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: {body.Length}\r\n\r\n"), .. body],
            Close: false
        );
}
