using LoopCluster.Engine.Events;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>A tool call that is still being gathered.</summary>
internal sealed class CallDraft(int? index)
{
    /// <summary>
    /// Characters after which a name is not gathered further: no tool is called so, and a stream must not make one text longer piece by
    /// piece for ever.
    /// </summary>
    private const int NameLimit = 1024;

    private TextPieces _arguments;
    private JsonDepth _depth;

    public int? Index { get; } = index;

    public string? Id { get; private set; }

    public string Name { get; private set; } = "";

    public ExtraFields? Extra { get; private set; }

    public bool IsEmpty => Id is null && Name.Length == 0 && _arguments.IsEmpty;

    /// <summary>Its arguments are a closed object or list: nothing that comes can belong to them.</summary>
    public bool IsComplete => _depth.IsClosed;

    /// <summary>True when a piece goes on with this call, as opposed to one that begins another at the same place.</summary>
    public bool Continues(string? id, string? name, string? arguments)
    {
        var named = !string.IsNullOrEmpty(name);
        if (!string.IsNullOrEmpty(id) && Id is not null && id != Id)
        {
            // Some servers give every piece an id of its own; only one that is named, or comes after a whole call, is another call.
            return !named && !IsComplete;
        }

        return !named || !IsComplete || string.IsNullOrWhiteSpace(arguments) || IsRepeat(id, name, arguments);
    }

    public void Add(string? id, string? name, string? arguments)
    {
        if (IsRepeat(id, name, arguments))
        {
            return;
        }

        if (!string.IsNullOrEmpty(id))
        {
            Id ??= id;
        }

        // The name comes once; some servers repeat it with every piece, some send it in pieces.
        if (!string.IsNullOrEmpty(name) && Name.Length < NameLimit && name != Name)
        {
            Name += name;
        }

        _arguments.Append(arguments ?? "");
        _depth.Read(arguments ?? "");
    }

    public void AddExtra(ExtraFields extra) => (Extra ??= new ExtraFields()).Join(extra);

    /// <summary>Servers write "" for a tool without arguments; other servers then refuse it in the history.</summary>
    public ToolCall Build(string id) => new(id, JsonText.WithoutLoneSurrogates(Name), _arguments.IsEmpty ? "{}" : _arguments.ToString());

    /// <summary>
    /// The whole call once more, as some servers end a stream. Lengths first: the text so far is only looked at for a piece that is as
    /// long.
    /// </summary>
    private bool IsRepeat(string? id, string? name, string? arguments) =>
        IsComplete
        && name == Name
        && !string.IsNullOrEmpty(id)
        && id == Id
        && arguments?.Length == _arguments.Length
        && arguments == _arguments.ToString();
}
