using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LoopCluster.Runtime.Specs;

/// <summary>On which line of a document the value of a path such as <c>gates[0].run</c> is. Asked only to tell a fault.</summary>
internal sealed class YamlPositions
{
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);

    /// <summary>A document that cannot be read to its end has the positions before that.</summary>
    public static YamlPositions Of(string text)
    {
        var positions = new YamlPositions();
        try
        {
            positions.Read(new Parser(new StringReader(text)));
        }
        catch (Exception fault)
            when (fault is YamlException or InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // JSON that is no YAML, mostly. A line is a help, not a promise.
        }

        return positions;
    }

    /// <summary>
    /// The line of the path's key or element, or of the nearest thing around it that is there; null when nothing of it is.
    /// </summary>
    public long? Find(string path)
    {
        for (var at = path; at.Length > 0; at = Parent(at))
        {
            if (_lines.TryGetValue(at, out var line))
            {
                return line;
            }
        }

        return null;
    }

    private static string Parent(string path) => path[..Math.Max(0, Math.Max(path.LastIndexOf('.'), path.LastIndexOf('[')))];

    private void Read(Parser parser)
    {
        // Of each open collection: its path, the next element's number (-1 for a mapping), and the key whose value comes next.
        var open = new Stack<(string Path, int Index, string? Key)>();
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case SequenceEnd or MappingEnd:
                    open.Pop();
                    break;
                case Scalar scalar when open.Count > 0 && open.Peek() is { Index: < 0, Key: null } mapping:
                    open.Pop();
                    open.Push(mapping with { Key = scalar.Value });
                    Note(mapping.Path.Length == 0 ? scalar.Value : $"{mapping.Path}.{scalar.Value}", scalar);
                    break;
                case NodeEvent node:
                    var path = Enter(open, node);
                    if (node is SequenceStart or MappingStart)
                    {
                        open.Push((path, node is SequenceStart ? 0 : -1, null));
                    }

                    break;
            }
        }
    }

    private string Enter(Stack<(string Path, int Index, string? Key)> open, NodeEvent node)
    {
        if (open.Count == 0)
        {
            return "";
        }

        var holder = open.Pop();
        if (holder.Index < 0)
        {
            open.Push(holder with { Key = null });
            return holder.Path.Length == 0 ? holder.Key ?? "" : $"{holder.Path}.{holder.Key}";
        }

        open.Push(holder with { Index = holder.Index + 1 });
        var path = $"{holder.Path}[{holder.Index}]";
        Note(path, node);
        return path;
    }

    private void Note(string path, ParsingEvent at) => _lines.TryAdd(path, at.Start.Line);
}
