using System.Text;
using System.Text.Json;
using LoopCluster.Models.OpenAI.Replies;

namespace LoopCluster.Models.OpenAI.Scripts;

/// <summary>What a scripted model needs to know of a chat completion request.</summary>
internal sealed class ChatRequest
{
    private readonly ReadOnlyMemory<byte> _body;
    private readonly List<Message> _messages = [];

    private ChatRequest(ReadOnlyMemory<byte> body) => _body = body;

    private enum Author
    {
        Other,
        Assistant,
        UserOrTool,
    }

    public int Bytes => _body.Length;

    public string? Model { get; private set; }

    public int? MaxTokens { get; private set; }

    public bool Stream { get; private set; }

    public bool IncludeUsage { get; private set; }

    /// <summary>Replies the conversation shows.</summary>
    public int Replies => _messages.Count(message => message.Author == Author.Assistant);

    /// <exception cref="JsonException">Not a chat completion request.</exception>
    public static ChatRequest Read(ReadOnlyMemory<byte> body)
    {
        var request = new ChatRequest(body);
        var reader = new Utf8JsonReader(body.Span);
        Require(reader.Read() && reader.TokenType == JsonTokenType.StartObject, "The request must be a JSON object.");
        var hasMessages = false;
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("messages"u8))
            {
                Require(reader.Read() && reader.TokenType == JsonTokenType.StartArray, "messages must be a list.");
                request.ReadMessages(ref reader);
                hasMessages = true;
            }
            else if (reader.ValueTextEquals("model"u8))
            {
                reader.Read();
                request.Model = reader.TokenType == JsonTokenType.String ? JsonText.Read(ref reader) : null;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("max_tokens"u8) || reader.ValueTextEquals("max_completion_tokens"u8))
            {
                reader.Read();
                request.MaxTokens = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var most) ? most : request.MaxTokens;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("stream"u8))
            {
                reader.Read();
                request.Stream = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("stream_options"u8))
            {
                request.ReadStreamOptions(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        Require(hasMessages, "messages is missing.");
        return request;
    }

    /// <summary>Text of the newest message a tool or the harness wrote: the last with the role <c>tool</c> or <c>user</c>.</summary>
    public string? Newest() => NewestBefore(_messages.Count);

    /// <summary>As <see cref="Newest"/>, at the time of the conversation's reply number <paramref name="reply"/>, from 0.</summary>
    public string? NewestAt(int reply)
    {
        var index = 0;
        for (var seen = -1; index < _messages.Count; index++)
        {
            if (_messages[index].Author == Author.Assistant && ++seen == reply)
            {
                break;
            }
        }

        return NewestBefore(index);
    }

    private string? NewestBefore(int index)
    {
        while (--index >= 0)
        {
            if (_messages[index].Author == Author.UserOrTool)
            {
                return Text(_messages[index]);
            }
        }

        return null;
    }

    private string Text(Message message)
    {
        var reader = new Utf8JsonReader(_body.Span.Slice(message.Start, message.Length));
        if (!reader.Read())
        {
            return "";
        }

        if (reader.TokenType == JsonTokenType.String)
        {
            return JsonText.WithoutLoneSurrogates(JsonText.Read(ref reader));
        }

        // A list of parts: their text, joined.
        var text = new StringBuilder();
        while (reader.Read())
        {
            if (
                reader.TokenType == JsonTokenType.PropertyName
                && reader.CurrentDepth == 2
                && reader.ValueTextEquals("text"u8)
                && reader.Read()
                && reader.TokenType == JsonTokenType.String
            )
            {
                text.Append(JsonText.Read(ref reader));
            }
        }

        return JsonText.WithoutLoneSurrogates(text.ToString());
    }

    private void ReadMessages(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(reader.TokenType == JsonTokenType.StartObject, "A message must be an object.");
            var message = new Message(Author.Other, 0, 0);
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("role"u8))
                {
                    reader.Read();
                    message = message with { Author = ReadAuthor(ref reader) };
                }
                else if (reader.ValueTextEquals("content"u8))
                {
                    reader.Read();
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    message = message with { Start = start, Length = (int)reader.BytesConsumed - start };
                }
                else
                {
                    reader.Skip();
                }
            }

            _messages.Add(message);
        }
    }

    private static Author ReadAuthor(ref Utf8JsonReader reader)
    {
        Require(reader.TokenType == JsonTokenType.String, "A message's role must be text.");
        return reader.ValueTextEquals("assistant"u8) ? Author.Assistant
            : reader.ValueTextEquals("user"u8) || reader.ValueTextEquals("tool"u8) ? Author.UserOrTool
            : Author.Other;
    }

    private void ReadStreamOptions(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (NextMember(ref reader))
        {
            var isUsage = reader.ValueTextEquals("include_usage"u8);
            reader.Read();
            IncludeUsage = isUsage ? reader.TokenType == JsonTokenType.True : IncludeUsage;
            reader.Skip();
        }
    }

    private static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new JsonException(message);
        }
    }

    /// <summary>Where a message's content lies in the body; read only when a condition asks for it.</summary>
    private readonly record struct Message(Author Author, int Start, int Length);
}
