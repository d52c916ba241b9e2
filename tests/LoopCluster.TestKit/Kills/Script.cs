using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoopCluster.TestKit.Kills;

/// <summary>Replies of a scripted model, as a spec holds them.</summary>
internal sealed class Script
{
    private readonly JsonArray _replies = [];
    private string? _when;

    /// <summary>The next reply fits only when the newest message does.</summary>
    public Script When(string regex)
    {
        _when = regex;
        return this;
    }

    public Script Call(string name, object arguments) => Reply([(name, arguments)]);

    public Script Reply(IReadOnlyList<(string Name, object Arguments)> calls)
    {
        var tools = calls.Select(call =>
            (JsonNode)new JsonObject { ["name"] = call.Name, ["arguments"] = JsonSerializer.SerializeToNode(call.Arguments) }
        );
        return Add(new JsonObject { ["tools"] = new JsonArray([.. tools]) });
    }

    public Script Shell(string command) => Call("shell", new { command });

    public Script Write(string path, string content) => Call("write_file", new { path, content });

    public Script Done(string summary = "done") => Call("done", new { summary });

    public Script Say(string text) => Add(new JsonObject { ["text"] = text });

    public JsonObject ToJson() => new() { ["replies"] = _replies.DeepClone() };

    private Script Add(JsonObject reply)
    {
        if (_when is not null)
        {
            reply["when"] = _when;
            _when = null;
        }

        _replies.Add(reply);
        return this;
    }
}
