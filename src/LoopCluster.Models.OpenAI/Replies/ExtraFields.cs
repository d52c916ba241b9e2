using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>
/// Members of a message or a tool call that the reference does not know (a thought, its signature, a provider's own fields). Pieces of a
/// stream are joined as the official clients do: texts one after the other, list entries by their <c>index</c>, objects member by member.
/// </summary>
internal sealed class ExtraFields
{
    private readonly Dictionary<string, Piece> _members = new(StringComparer.Ordinal);

    public bool IsEmpty => _members.Count == 0;

    /// <summary>
    /// Adds a member, the reader being at its value; one that says nothing (null, an empty text, list or object) is not there in the end.
    /// </summary>
    public void Add(string name, ref Utf8JsonReader reader) => Join(name, Piece.Read(ref reader));

    /// <summary>A member of a call's <c>function</c>.</summary>
    public void AddFunction(string name, ref Utf8JsonReader reader) => Join("function", Piece.Within(name, Piece.Read(ref reader)));

    public void Join(ExtraFields other)
    {
        foreach (var (name, piece) in other._members)
        {
            Join(name, piece);
        }
    }

    public JsonObject Build()
    {
        var built = new JsonObject();
        foreach (var (name, piece) in _members)
        {
            if (piece.Build() is { } value && !IsNothing(value))
            {
                built[name] = value;
            }
        }

        return built;
    }

    private void Join(string name, Piece piece)
    {
        if (_members.TryGetValue(name, out var known))
        {
            known.Join(piece);
        }
        else
        {
            _members[name] = piece;
        }
    }

    private static bool IsNothing(JsonNode value) =>
        value switch
        {
            JsonObject members => members.Count == 0,
            JsonArray entries => entries.Count == 0,
            JsonValue single => single.GetValueKind() == JsonValueKind.Null
                || (single.GetValueKind() == JsonValueKind.String && single.GetValue<string>().Length == 0),
            _ => false,
        };

    /// <summary>A value that pieces can be joined to without copying what came before.</summary>
    private sealed class Piece
    {
        private StringBuilder? _text;
        private Dictionary<string, Piece>? _members;
        private List<Piece>? _entries;
        private Dictionary<int, Piece>? _placed;
        private JsonNode? _plain;

        public static Piece Within(string name, Piece value) => new() { _members = new(StringComparer.Ordinal) { [name] = value } };

        /// <summary>The reader's own bound on depth holds for what is read here.</summary>
        public static Piece Read(ref Utf8JsonReader reader)
        {
            var piece = new Piece();
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    piece._members = new(StringComparer.Ordinal);
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                    {
                        var name = JsonText.WithoutLoneSurrogates(JsonText.Read(ref reader));
                        reader.Read();
                        piece._members[name] = Read(ref reader);
                    }

                    break;
                case JsonTokenType.StartArray:
                    piece._entries = [];
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        piece._entries.Add(Read(ref reader));
                    }

                    break;
                case JsonTokenType.String:
                    piece._text = new StringBuilder(JsonText.Read(ref reader));
                    break;
                case JsonTokenType.Number:
                    piece._plain = JsonNode.Parse(reader.ValueSpan);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    piece._plain = JsonValue.Create(reader.TokenType == JsonTokenType.True);
                    break;
            }

            return piece;
        }

        /// <summary>The place in its list that an entry names.</summary>
        private int? Index =>
            _members is not null
            && _members.TryGetValue("index", out var index)
            && index._plain is JsonValue value
            && value.TryGetValue<int>(out var number)
                ? number
                : null;

        public void Join(Piece next)
        {
            if (next is { _text: null, _members: null, _entries: null, _plain: null })
            {
                return;
            }

            if (_text is not null && next._text is not null)
            {
                _text.Append(next._text);
            }
            else if (_members is not null && next._members is not null)
            {
                JoinMembers(next._members);
            }
            else if (_entries is not null && next._entries is not null)
            {
                JoinEntries(next._entries);
            }
            else
            {
                (_text, _members, _entries, _placed, _plain) = (next._text, next._members, next._entries, null, next._plain);
            }
        }

        public JsonNode? Build()
        {
            if (_text is not null)
            {
                return JsonValue.Create(JsonText.WithoutLoneSurrogates(_text.ToString()));
            }

            if (_members is not null)
            {
                var built = new JsonObject();
                foreach (var (name, piece) in _members)
                {
                    built[name] = piece.Build();
                }

                return built;
            }

            return _entries is not null ? new JsonArray([.. _entries.Select(e => e.Build())]) : _plain?.DeepClone();
        }

        private void JoinMembers(Dictionary<string, Piece> next)
        {
            foreach (var (name, piece) in next)
            {
                if (!_members!.TryGetValue(name, out var known))
                {
                    _members[name] = piece;
                }
                else if (IsLabel(name) && known._text is not null && piece._text is not null)
                {
                    // Told once or with every piece, it stays what it is.
                    known._text = piece._text.Length > 0 ? piece._text : known._text;
                }
                else
                {
                    known.Join(piece);
                }
            }
        }

        /// <summary>By a table: a stream may bring as many entries as it has bytes for.</summary>
        private void JoinEntries(List<Piece> next)
        {
            if (_placed is null)
            {
                _placed = [];
                foreach (var entry in _entries!)
                {
                    Place(entry);
                }
            }

            foreach (var entry in next)
            {
                if (entry.Index is { } index && _placed.TryGetValue(index, out var known))
                {
                    known.Join(entry);
                }
                else
                {
                    _entries!.Add(entry);
                    Place(entry);
                }
            }
        }

        /// <summary>The first entry of a place is the one that later ones are joined to.</summary>
        private void Place(Piece entry)
        {
            if (entry.Index is { } index)
            {
                _placed!.TryAdd(index, entry);
            }
        }

        private static bool IsLabel(string name) => name is "type" or "id" or "format" or "name" or "role" or "object";
    }
}
