using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Gathers one reply, from one JSON document or from the chunks of a stream.</summary>
internal sealed class ReplyBuilder
{
    /// <summary>Calls of one reply; an index above it is an endpoint gone wrong, not a plan.</summary>
    private const int CallLimit = 1024;

    private static readonly JsonSerializerOptions WriteOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Action<string>? _onText;
    private TextPieces _text;
    private List<CallDraft>? _calls;
    private ExtraFields? _extra;

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

    /// <summary>A member of the message that the reference does not know.</summary>
    public void AddExtra(string name, ref Utf8JsonReader reader) => (_extra ??= new ExtraFields()).Add(name, ref reader);

    /// <summary>A call of a reply that came whole: its place tells it apart.</summary>
    public void AddWholeCall(string? id, string? name, string? arguments, ExtraFields? extra)
    {
        var draft = NewCall(_calls?.Count ?? 0);
        draft.Add(id, name, arguments);
        Add(draft, extra);
    }

    /// <summary>
    /// A piece of a streamed call. Index and id together tell calls apart, since either may be missing, and either may be the same for all
    /// calls (Ollama and Gemini give every call the index 0); a piece without any goes on with the last call, unless that is complete and
    /// the piece names a tool.
    /// </summary>
    public void AddCallPiece(int? index, string? id, string? name, string? arguments, ExtraFields? extra)
    {
        if (index is < 0 or >= CallLimit)
        {
            throw new BrokenReplyException($"a tool call has the index {index}; at most {CallLimit} calls are read");
        }

        var known = Find(index, id);
        var draft = known is not null && known.Continues(id, name, arguments) ? known : NewCall(index);
        draft.Add(id, name, arguments);
        Add(draft, extra);
    }

    /// <summary>The latest call a piece can belong to.</summary>
    private CallDraft? Find(int? index, string? id)
    {
        if (_calls is null)
        {
            return null;
        }

        if (index is null && !string.IsNullOrEmpty(id))
        {
            return _calls.FindLast(call => call.Id == id);
        }

        return index is null
            ? _calls.LastOrDefault()
            : _calls.FindLast(call => call.Index == index && (string.IsNullOrEmpty(id) || call.Id == id))
                ?? _calls.FindLast(call => call.Index == index);
    }

    private CallDraft NewCall(int? index)
    {
        _calls ??= new List<CallDraft>(1);
        if (_calls.Count >= CallLimit)
        {
            throw new BrokenReplyException($"it has more than {CallLimit} tool calls");
        }

        var draft = new CallDraft(index);
        _calls.Add(draft);
        return draft;
    }

    private static void Add(CallDraft draft, ExtraFields? extra)
    {
        if (extra is not null)
        {
            draft.AddExtra(extra);
        }
    }

    public ModelAnswer Build(int skipped)
    {
        var tools = BuildCalls();
        var finish = Finish ?? ReplyFinish.Stop;
        // Several servers say "stop" beside tool calls, and the calls are what counts.
        if (finish is ReplyFinish.Stop or ReplyFinish.ToolCalls)
        {
            finish = tools.Count > 0 ? ReplyFinish.ToolCalls : ReplyFinish.Stop;
        }

        return new ModelAnswer(_text.ToString(), tools, finish, Usage, skipped) { Extra = BuildExtra() };
    }

    /// <summary>Results are matched to calls by id, so an id is never missing and never there twice.</summary>
    private IReadOnlyList<ToolCall> BuildCalls()
    {
        if (_calls is null)
        {
            return [];
        }

        _calls.RemoveAll(static call => call.IsEmpty);
        if (_calls.TrueForAll(static call => call.Index is not null))
        {
            // Stable: calls of one index stay in the order they came in.
            _calls = [.. _calls.OrderBy(static call => call.Index)];
        }

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

    /// <summary>
    /// The message's members, and under <c>tool_calls</c> those of each call in the order of the answer's; null when there are none.
    /// </summary>
    private string? BuildExtra()
    {
        var extra = _extra?.Build() ?? [];
        if (_calls is not null && _calls.Any(static call => call.Extra is { IsEmpty: false }))
        {
            extra["tool_calls"] = new JsonArray([.. _calls.Select(static call => call.Extra?.Build() ?? [])]);
        }

        return extra.Count == 0 ? null : extra.ToJsonString(WriteOptions);
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
}
