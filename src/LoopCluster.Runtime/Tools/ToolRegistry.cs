using System.Diagnostics.CodeAnalysis;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Tools;

/// <summary>The tools of a process, by name. Immutable.</summary>
public sealed class ToolRegistry
{
    private readonly SortedDictionary<string, ITool> _tools = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two tools have one name.</exception>
    public ToolRegistry(IEnumerable<ITool> tools)
    {
        foreach (var tool in tools)
        {
            if (!_tools.TryAdd(tool.Definition.Name, tool))
            {
                throw new ArgumentException($"two tools are named '{tool.Definition.Name}'", nameof(tools));
            }
        }

        Definitions = [.. _tools.Values.Select(tool => tool.Definition)];
    }

    /// <summary>In ordinal order of names, so that equal sets give equal prompts.</summary>
    public IReadOnlyList<ToolDefinition> Definitions { get; }

    public bool TryGet(string name, [NotNullWhen(true)] out ITool? tool) => _tools.TryGetValue(name, out tool);

    /// <summary>What a model is told that called a tool which does not exist.</summary>
    public string DescribeUnknown(string name)
    {
        var near = DidYouMean.Find(name, _tools.Keys);
        var shown = name.Length <= 64 && name.All(c => c is > ' ' and < (char)127) ? $"'{name}'" : "of that name";
        return $"there is no tool {shown}{(near is null ? "" : $"; did you mean '{near}'?")} Tools: {string.Join(", ", _tools.Keys)}";
    }
}
