using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Gathers one reply, from one JSON document or from the chunks of a stream.</summary>
internal sealed class ReplyBuilder
{
    /// <summary>Calls of one reply; an index above it is an endpoint gone wrong, not a plan.</summary>
    private const int CallLimit = 1024;

    private readonly Action<string>? _onText;
    private TextPieces _text;
    private List<CallDraft>? _calls;

    public ReplyBuilder(Action<string>? onText) => _onText = onText;

    public ReplyFinish? Finish { get; set; }

    public Usage? Usage { get; set; }

    /// <summary>True once a choice was seen.</summary>
    public bool HasChoice { get; set; }

    public void AddText(string piece)
    {
        _text.Append(piece);
        if (piece.Length > 0)
        {
            _onText?.Invoke(piece);
        }
    }

    /// <summary>Adds to the call at <paramref name="index"/>, or, when the piece names none, to the last unless its id is another.</summary>
    public void AddCall(int? index, string? id, string? name, string? arguments)
    {
        _calls ??= new List<CallDraft>(1);
        var at = index ?? (_calls.Count > 0 && (string.IsNullOrEmpty(id) || _calls[^1].Id == id) ? _calls.Count - 1 : _calls.Count);
        if (at is < 0 or >= CallLimit)
        {
            throw new BrokenReplyException($"a tool call has the index {at}; at most {CallLimit} calls are read");
        }

        while (_calls.Count <= at)
        {
            _calls.Add(new CallDraft());
        }

        _calls[at].Add(id, name, arguments);
    }

    /// <summary>Number of calls so far: the index of the next in a reply that comes whole.</summary>
    public int Calls => _calls?.Count ?? 0;

    public ModelAnswer Build(int skipped)
    {
        var tools = BuildCalls();
        var finish = Finish ?? ReplyFinish.Stop;
        // Several servers say "stop" beside tool calls, and the calls are what counts.
        if (finish is ReplyFinish.Stop or ReplyFinish.ToolCalls)
        {
            finish = tools.Count > 0 ? ReplyFinish.ToolCalls : ReplyFinish.Stop;
        }

        return new ModelAnswer(_text.ToString(), tools, finish, Usage, skipped);
    }

    /// <summary>Results are matched to calls by id, so an id is never missing and never there twice.</summary>
    private IReadOnlyList<ToolCall> BuildCalls()
    {
        if (_calls is null)
        {
            return [];
        }

        // Gateways that translate from other APIs count text blocks too: the first index may be 1.
        _calls.RemoveAll(static call => call.IsEmpty);
        var tools = new ToolCall[_calls.Count];
        for (var i = 0; i < tools.Length; i++)
        {
            var id = string.IsNullOrEmpty(_calls[i].Id) ? $"call_{i}" : JsonText.WithoutLoneSurrogates(_calls[i].Id!);
            while (HasId(tools.AsSpan(0, i), id))
            {
                id = $"{id}_{i}";
            }

            tools[i] = _calls[i].Build(id);
        }

        return tools;
    }

    private static bool HasId(ReadOnlySpan<ToolCall> calls, string id)
    {
        foreach (var call in calls)
        {
            if (call.Id == id)
            {
                return true;
            }
        }

        return false;
    }

    private sealed class CallDraft
    {
        private TextPieces _arguments;
        private string _name = "";

        public string? Id { get; private set; }

        public bool IsEmpty => Id is null && _name.Length == 0 && _arguments.IsEmpty;

        public void Add(string? id, string? name, string? arguments)
        {
            if (!string.IsNullOrEmpty(id))
            {
                Id ??= id;
            }

            // The name comes once; some servers repeat it with every piece, some send it in pieces.
            if (!string.IsNullOrEmpty(name) && name != _name)
            {
                _name += name;
            }

            _arguments.Append(arguments ?? "");
        }

        /// <summary>Servers write "" for a tool without arguments; other servers then refuse it in the history.</summary>
        public ToolCall Build(string id) => new(id, JsonText.WithoutLoneSurrogates(_name), _arguments.IsEmpty ? "{}" : _arguments.ToString());
    }
}
