using System.Text.Json;

namespace LoopCluster.TestKit.Endpoints;

/// <summary>A model server that answers judges over HTTP, each by its name.</summary>
public sealed class JudgeServer : IAsyncDisposable
{
    public const string Approve = """{"verdict":"approve","evidence":[{"path":"answer.txt","line":1,"note":"it is 42"}],"findings":[]}""";

    public const string Reject =
        """{"verdict":"reject","evidence":[],"findings":[{"path":"answer.txt","line":1,"severity":"high","message":"42 is a guess"}]}""";

    private readonly RawServer _server;

    /// <param name="answer">From an agent (<c>judge/security</c>) and the number of its request, from 1, to its text.</param>
    public JudgeServer(Func<string, int, string> answer)
    {
        var asked = new Dictionary<string, int>(StringComparer.Ordinal);
        _server = new RawServer(async exchange =>
        {
            var agent = HeaderOf(exchange.Request, "x-loop-agent");
            int number;
            lock (asked)
            {
                number = asked[agent] = asked.GetValueOrDefault(agent) + 1;
            }

            await exchange.SayAsync(RawServer.Response(200, Completion(answer(agent, number))));
        });
    }

    public Uri Url => _server.Url;

    /// <summary>Names of those who asked, in order.</summary>
    public IReadOnlyList<string> Asked => [.. _server.Requests.Select(r => HeaderOf(r, "x-loop-agent"))];

    /// <summary>What they were shown last: the user's message.</summary>
    public IReadOnlyList<string> Shown =>
        [
            .. _server.Requests.Select(r =>
                JsonDocument
                    .Parse(r[(r.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..])
                    .RootElement.GetProperty("messages")
                    .EnumerateArray()
                    .Last()
                    .GetProperty("content")
                    .GetString()!
            ),
        ];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static byte[] BodyOf(string text) => System.Text.Encoding.UTF8.GetBytes(Completion(text));

    /// <summary>An answer that calls a tool instead.</summary>
    public static string Call(string tool, string arguments) => $"CALL {tool} {arguments}";

    private static string Completion(string text) =>
        $$$"""
            {"choices":[{"message":{{{MessageOf(text)}}},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":900,"completion_tokens":40}}
            """;

    private static string MessageOf(string text) =>
        text.Split(' ', 3) is ["CALL", var tool, var arguments]
            ? $$$"""{"tool_calls":[{"id":"r","type":"function","function":{"name":"{{{tool}}}","arguments":{{{JsonSerializer.Serialize(arguments)}}}}}]}"""
            : JsonSerializer.Serialize(new Dictionary<string, string> { ["role"] = "assistant", ["content"] = text });

    private static string HeaderOf(string request, string name) =>
        request
            .Split("\r\n")
            .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(l => l[(name.Length + 1)..].Trim())
            .FirstOrDefault("");
}
