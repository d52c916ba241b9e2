using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoopCluster.FaultTests.Support;

/// <summary>Replies of a scripted model, as a spec holds them.</summary>
internal sealed class Script
{
    private readonly JsonArray _replies = [];

    public Script Call(string name, object arguments) => Reply([(name, arguments)]);

    public Script Reply(IReadOnlyList<(string Name, object Arguments)> calls)
    {
        var tools = calls.Select(call => (JsonNode)new JsonObject { ["name"] = call.Name, ["arguments"] = JsonSerializer.SerializeToNode(call.Arguments) });
        _replies.Add(new JsonObject { ["tools"] = new JsonArray([.. tools]) });
        return this;
    }

    public Script Shell(string command) => Call("shell", new { command });

    public Script Write(string path, string content) => Call("write_file", new { path, content });

    public Script Done(string summary = "done") => Call("done", new { summary });

    public Script Say(string text)
    {
        _replies.Add(new JsonObject { ["text"] = text });
        return this;
    }

    public JsonObject ToJson() => new() { ["replies"] = _replies.DeepClone() };
}
