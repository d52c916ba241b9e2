using System.Text.Json;
using LoopCluster.Engine.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LoopCluster.Runtime.Specs;

/// <summary>
/// One YAML document to JSON in two passes: events into a flat list of nodes, then the list into JSON with aliases copied. The list is as
/// long as the text allows; what aliases multiply is counted while it is written, so a small document cannot become a large one.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Nodes that aliases may add to those written out in the document.</summary>
    private const int AliasedNodeLimit = 20_000;

    /// <summary>Values written out in the document, keys included.</summary>
    private const int NodeLimit = 1_000_000;

    private const int OutputLimit = 4 * YamlJson.SizeLimit;

    private readonly string _code;
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<AnchorName, int> _anchors = [];
    private int _nodesLeft;

    private YamlReader(string code) => _code = code;

    private enum Kind
    {
        Scalar,
        Sequence,
        Mapping,
        Alias,
    }

    /// <summary><c>End</c> is the index after a collection's last node (0 while it is open), or the target of an alias.</summary>
    private readonly record struct Node(Kind Kind, Scalar? Scalar, Mark At, int End);

    public static JsonElement Read(string text, string code)
    {
        var reader = new YamlReader(code);
        try
        {
            reader.ReadNodes(text);
        }
        catch (YamlException fault)
        {
            throw YamlDiagnosis.Find(text, fault.Message, fault.Start.Line, fault.Start.Column) is var (message, line, column)
                ? new BadInputException(code, "", $"line {line}, column {column}: {message}")
                : reader.Fault(fault.Start, fault.Message);
        }
        catch (Exception fault)
            when (fault is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // The scanner has bugs of its own on malformed text; whatever it throws, the fault is the document's.
            throw YamlDiagnosis.Find(text, fault.Message, 1, 1) is var (message, line, column)
                ? new BadInputException(code, "", $"line {line}, column {column}: {message}")
                : new BadInputException(code, "", $"The document is not YAML: {fault.Message}");
        }

        return reader.Write();
    }

    private void ReadNodes(string text)
    {
        var parser = new Parser(new StringReader(text));
        var open = new Stack<int>();
        var documents = 0;
        while (parser.MoveNext())
        {
            var at = parser.Current!.Start;
            if (_nodes.Count >= NodeLimit)
            {
                throw Fault(at, $"more than {NodeLimit} keys and values");
            }

            switch (parser.Current)
            {
                case DocumentStart when ++documents > 1:
                    throw Fault(at, "a second document begins here; a file holds one");
                case SequenceStart or MappingStart:
                    open.Push(StartCollection((NodeEvent)parser.Current, open.Count));
                    break;
                case SequenceEnd or MappingEnd:
                    var start = open.Pop();
                    _nodes[start] = _nodes[start] with { End = _nodes.Count };
                    break;
                case Scalar scalar:
                    AddAnchor(scalar);
                    _nodes.Add(new Node(Kind.Scalar, scalar, at, 0));
                    break;
                case AnchorAlias alias:
                    _nodes.Add(new Node(Kind.Alias, null, at, Target(alias)));
                    break;
            }
        }
    }

    private int StartCollection(NodeEvent start, int depth)
    {
        if (depth >= YamlJson.DepthLimit)
        {
            throw Fault(start.Start, $"nested deeper than {YamlJson.DepthLimit}");
        }

        if (!start.Tag.IsEmpty && start.Tag.Value is not ("!" or "tag:yaml.org,2002:map" or "tag:yaml.org,2002:seq"))
        {
            throw Fault(start.Start, $"the tag {start.Tag} is not supported");
        }

        AddAnchor(start);
        _nodes.Add(new Node(start is MappingStart ? Kind.Mapping : Kind.Sequence, null, start.Start, 0));
        return _nodes.Count - 1;
    }

    private void AddAnchor(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty)
        {
            _anchors[node.Anchor] = _nodes.Count;
        }
    }

    private int Target(AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value, out var target))
        {
            throw Fault(alias.Start, $"the alias *{alias.Value} names no anchor before it");
        }

        return _nodes[target] is { Kind: Kind.Sequence or Kind.Mapping, End: 0 }
            ? throw Fault(alias.Start, $"the alias *{alias.Value} contains itself")
            : target;
    }

    private JsonElement Write()
    {
        if (_nodes.Count == 0)
        {
            return JsonElement.Parse("null"u8);
        }

        _nodesLeft = _nodes.Count + AliasedNodeLimit;
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        // Depth is checked here, with aliases counted; the writer's own limit would say nothing about where.
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            Write(writer, 0, 0, default);
        }

        return JsonElement.Parse(output.WrittenSpan, new JsonDocumentOptions { MaxDepth = YamlJson.DepthLimit + 1 });
    }

    /// <summary>Writes the node at <paramref name="index"/> and returns the index after it.</summary>
    private int Write(Utf8JsonWriter writer, int index, int depth, Mark? aliasedAt)
    {
        var node = _nodes[index];
        var at = aliasedAt ?? node.At;
        if (--_nodesLeft < 0 || writer.BytesCommitted + writer.BytesPending > OutputLimit)
        {
            throw Fault(at, "aliases make the document too large");
        }

        if (depth >= YamlJson.DepthLimit && node.Kind is Kind.Sequence or Kind.Mapping)
        {
            throw Fault(at, $"nested deeper than {YamlJson.DepthLimit}");
        }

        switch (node.Kind)
        {
            case Kind.Alias:
                Write(writer, node.End, depth, aliasedAt ?? node.At);
                return index + 1;
            case Kind.Scalar:
                if (YamlScalar.Write(writer, node.Scalar!) is { } fault)
                {
                    throw Fault(at, fault);
                }

                return index + 1;
            case Kind.Sequence:
                writer.WriteStartArray();
                for (var next = index + 1; next < node.End; )
                {
                    next = Write(writer, next, depth + 1, aliasedAt);
                }

                writer.WriteEndArray();
                return node.End;
            default:
                writer.WriteStartObject();
                WriteMembers(writer, index + 1, node.End, depth + 1, aliasedAt);
                writer.WriteEndObject();
                return node.End;
        }
    }

    private void WriteMembers(Utf8JsonWriter writer, int index, int end, int depth, Mark? aliasedAt)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (index < end)
        {
            var key = _nodes[index];
            var target = key.Kind == Kind.Alias ? _nodes[key.End] : key;
            if (target.Scalar is not { } scalar)
            {
                throw Fault(key.At, "a key must be text");
            }

            if (scalar is { Value: "<<", Style: ScalarStyle.Plain })
            {
                throw Fault(key.At, "merge keys (<<) are not supported; write the members out");
            }

            if (!seen.Add(scalar.Value))
            {
                throw Fault(key.At, $"the key '{scalar.Value}' is there twice");
            }

            if (--_nodesLeft < 0)
            {
                throw Fault(aliasedAt ?? key.At, "aliases make the document too large");
            }

            writer.WritePropertyName(scalar.Value);
            index = Write(writer, index + 1, depth, aliasedAt);
        }
    }

    private BadInputException Fault(Mark at, string message) => new(_code, "", $"line {at.Line}, column {at.Column}: {message}");
}
