using System.Text.Json;

namespace LoopCluster.Bench.Cluster.Chaos.Workload;

/// <summary>Writes down what a model says, and what that makes of the files when every call takes effect once.</summary>
internal sealed class PlanBuilder
{
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly List<PlannedReply> _replies = [];

    public IReadOnlyDictionary<string, string> Files => _files;

    public IReadOnlyList<PlannedReply> Replies => _replies;

    public PlanBuilder Base(string path, string content)
    {
        _files[path] = content;
        return this;
    }

    public PlanBuilder Write(string path, string content)
    {
        _files[path] = content;
        return Call("write_file", new { path, content });
    }

    /// <summary>A command that leaves one line in a file: run twice, there are two.</summary>
    public PlanBuilder Append(string path, string line, double seconds = 0)
    {
        _files[path] = _files.GetValueOrDefault(path, "") + line + "\n";
        return Shell(
            seconds > 0 ? FormattableString.Invariant($"sleep {seconds:0.0##} && echo {line} >> {path}") : $"echo {line} >> {path}"
        );
    }

    public PlanBuilder Edit(string path, string old, string @new)
    {
        _files[path] = _files[path].Replace(old, @new, StringComparison.Ordinal);
        return Call(
            "edit_file",
            new
            {
                path,
                old,
                @new,
            }
        );
    }

    public PlanBuilder Shell(string command) => Call("shell", new { command });

    public PlanBuilder Call(string name, object arguments) => Calls((name, arguments));

    /// <summary>Several calls in one reply; they change no file.</summary>
    public PlanBuilder Calls(params (string Name, object Arguments)[] calls)
    {
        _replies.Add(new PlannedReply("", [.. calls.Select(call => new PlannedCall(call.Name, JsonSerializer.Serialize(call.Arguments)))]));
        return this;
    }

    public PlanBuilder Say(string text)
    {
        _replies.Add(new PlannedReply(text, []));
        return this;
    }
}
