using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// Writes and reads ledger lines. Several events of one append share a line: the first one's <c>type</c> and <c>data</c>, the others in
/// <c>data.then</c> as <c>{"type":…,"data":…}</c>.
/// </summary>
public static class LedgerCodec
{
    /// <summary>A thread does not hold on to the buffer of one huge entry.</summary>
    private const int MostKept = 1 << 20;

    private static ReadOnlySpan<byte> ThenKey => "\"then\":["u8;

    /// <summary>The schema of a tool may be as deep as a JSON text usually may, and stands some levels down in its event.</summary>
    internal static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = EngineJson.Depth };

    [ThreadStatic]
    private static Utf8Buffer? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>Seals events into the entry after <paramref name="prev"/>.</summary>
    public static LedgerLine Seal(LoopId loop, long seq, DateTimeOffset at, int epoch, IReadOnlyList<LoopEvent> events, LedgerHash prev)
    {
        var buffer = t_buffer ??= new Utf8Buffer(4096);
        buffer.Truncate(0);
        buffer.Append("{\"loop\":\""u8);
        buffer.AppendAscii(loop.Value);
        buffer.Append("\",\"seq\":"u8);
        buffer.Append(seq);
        buffer.Append(",\"at\":\""u8);
        buffer.Append(at);
        buffer.Append("\",\"epoch\":"u8);
        buffer.Append(epoch);
        buffer.Append(",\"type\":\""u8);
        AppendTypeAndData(buffer, events[0]);
        if (events.Count > 1)
        {
            AppendThen(buffer, events);
        }

        buffer.Append(",\"prev\":\""u8);
        buffer.AppendHex(prev);
        buffer.Append("\""u8);
        var hash = HashOf(prev, buffer.Written);
        buffer.Append(",\"hash\":\""u8);
        buffer.AppendHex(hash);
        buffer.Append("\"}"u8);
        var line = new LedgerLine(loop, seq, epoch, prev, hash, buffer.Written.ToArray());
        t_buffer = buffer.Capacity <= MostKept ? buffer : null;
        return line;
    }

    /// <inheritdoc cref="LedgerLineReader.ComputeHash"/>
    public static LedgerHash HashOf(LedgerHash prev, ReadOnlySpan<byte> lineBeforeHash) =>
        LedgerLineReader.ComputeHash(prev, lineBeforeHash);

    /// <summary>Reads a line whose chain was already checked.</summary>
    /// <exception cref="LedgerCorruptException">The line is not an entry, or holds an event this version does not know.</exception>
    public static LedgerEntry Read(LedgerLine line)
    {
        try
        {
            return TurnLineReader.TryRead(line) ?? ReadAny(line);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            throw new LedgerCorruptException($"entry {line.Seq} of loop {line.Loop} cannot be read: {e.Message}", null, line.Seq);
        }
    }

    /// <summary>Whatever its shape is.</summary>
    internal static LedgerEntry ReadAny(LedgerLine line)
    {
        var reader = new Utf8JsonReader(line.Utf8.Span, ReaderOptions);
        var at = default(DateTimeOffset);
        var type = "";
        List<LoopEvent>? events = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                at = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                events = ReadEvents(ref reader, line.Utf8.Span, type);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new LedgerEntry(line.Loop, line.Seq, at, line.Epoch, events ?? throw new JsonException("no data"), line.Hash);
    }

    private static List<LoopEvent> ReadEvents(ref Utf8JsonReader reader, ReadOnlySpan<byte> line, string type)
    {
        var start = (int)reader.TokenStartIndex;
        var events = new List<LoopEvent>(3) { ReadEvent(ref reader, type) };
        var data = line[start..(int)reader.BytesConsumed];
        // A quote inside a JSON string is escaped, so these bytes cannot stand in a text: the search only finds real keys, at any depth.
        if (data.IndexOf(ThenKey) >= 0)
        {
            ReadThen(data, events);
        }

        return events;
    }

    private static void ReadThen(ReadOnlySpan<byte> data, List<LoopEvent> events)
    {
        var reader = new Utf8JsonReader(data, ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("then"u8))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                events.Add(ReadThenEvent(ref reader));
            }
        }
    }

    private static LoopEvent ReadThenEvent(ref Utf8JsonReader reader)
    {
        var type = "";
        LoopEvent? loopEvent = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                loopEvent = ReadEvent(ref reader, type);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return loopEvent ?? throw new JsonException("no data");
    }

    private static LoopEvent ReadEvent(ref Utf8JsonReader reader, string type) =>
        (LoopEvent?)
            JsonSerializer.Deserialize(
                ref reader,
                EventTypes.Find(type) ?? throw new JsonException($"unknown event type '{type}'; a newer version wrote it")
            )
        ?? throw new JsonException($"no data for '{type}'");

    private static void AppendThen(Utf8Buffer buffer, IReadOnlyList<LoopEvent> events)
    {
        // Reopen the object that was just closed.
        var last = buffer.Written[^2];
        buffer.Truncate(buffer.Length - 1);
        buffer.Append(last == (byte)'{' ? "\"then\":["u8 : ",\"then\":["u8);
        for (var i = 1; i < events.Count; i++)
        {
            buffer.Append(i == 1 ? "{\"type\":\""u8 : ",{\"type\":\""u8);
            AppendTypeAndData(buffer, events[i]);
            buffer.Append("}"u8);
        }

        buffer.Append("]}"u8);
    }

    private static void AppendTypeAndData(Utf8Buffer buffer, LoopEvent loopEvent)
    {
        buffer.AppendAscii(EventTypes.NameOf(loopEvent));
        buffer.Append("\",\"data\":"u8);
        AppendData(buffer, loopEvent);
    }

    private static void AppendData(Utf8Buffer buffer, LoopEvent loopEvent)
    {
        var writer = t_writer ??= new Utf8JsonWriter(buffer, EngineJson.WriterOptions);
        writer.Reset(buffer);
        JsonSerializer.Serialize(writer, loopEvent, EventTypes.InfoOf(loopEvent));
        writer.Flush();
    }

    /// <summary>The event's data as it would stand in the ledger; equal bytes mean equal events.</summary>
    public static byte[] DataOf(LoopEvent loopEvent)
    {
        var buffer = new Utf8Buffer(512);
        AppendData(buffer, loopEvent);
        return buffer.Written.ToArray();
    }
}
