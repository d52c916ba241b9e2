using System.Diagnostics.CodeAnalysis;
using LoopCluster.Engine.Events;

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
}
