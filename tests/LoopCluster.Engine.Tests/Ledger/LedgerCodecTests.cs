using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Ledger;

public class LedgerCodecTests
{
    private static readonly LedgerHash Genesis = LedgerHash.Genesis(Sample.Loop);

    [Fact]
    public void Seal_OneEvent_IsExactlyTheseBytes()
    {
        var text = Text(Seal(new NoteKept("a \"b\" <\u00e9>")));
        text.ShouldStartWith(
            """{"loop":"loop-1","seq":7,"at":"2026-01-02T03:04:05.000Z","epoch":3,"type":"note-kept","data":{"text":"a \"b\" <é>"},"prev":" """.TrimEnd()
        );
        text.ShouldMatch("\"prev\":\"[0-9a-f]{64}\",\"hash\":\"[0-9a-f]{64}\"}$");
    }

    [Fact]
    public void Seal_SeveralEvents_ShareALineUnderThen()
    {
        Text(Seal(new DeadlinePassed(), new NoteKept("x"), new DeadlinePassed()))
            .ShouldContain(
                """ "type":"deadline-passed","data":{"then":[{"type":"note-kept","data":{"text":"x"}},{"type":"deadline-passed","data":{}}]},"prev" """.Trim()
            );
        Text(Seal(new NoteKept("x"), new DeadlinePassed()))
            .ShouldContain(""" "data":{"text":"x","then":[{"type":"deadline-passed","data":{}}]},"prev" """.Trim());
    }

    [Fact]
    public void Seal_AnyLine_HashesPrevAndTheBytesBeforeHash()
    {
        // Written anew from the definition in the design, on purpose without the engine's own types.
        var genesis = SHA256.HashData("loopcluster-ledger/1loop-1"u8);
        Genesis.ToString().ShouldBe(Convert.ToHexStringLower(genesis));
        var line = Seal(new NoteKept("\u4e16 \ud83d\ude00"), new DeadlinePassed());
        var before = Encoding.UTF8.GetBytes(Text(line)[..Text(line).LastIndexOf(",\"hash\"", StringComparison.Ordinal)]);
        var hash = Convert.ToHexStringLower(SHA256.HashData([.. genesis, .. before]));
        Text(line).ShouldEndWith($",\"prev\":\"{Convert.ToHexStringLower(genesis)}\",\"hash\":\"{hash}\"}}");
        line.Hash.ToString().ShouldBe(hash);
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void Read_EveryEventType_RoundTrips(string name, LoopEvent loopEvent)
    {
        EventTypes.NameOf(loopEvent).ShouldBe(name);
        foreach (
            var events in (LoopEvent[][])
                [
                    [loopEvent],
                    [loopEvent, new NoteKept("x"), loopEvent],
                    [new DeadlinePassed(), loopEvent],
                ]
        )
        {
            var entry = LedgerCodec.Read(Seal(events));
            entry.Events.Select(LedgerCodec.DataOf).ShouldBe(events.Select(LedgerCodec.DataOf));
            entry.Events.Select(e => e.GetType()).ShouldBe(events.Select(e => e.GetType()));
            (entry.Seq, entry.Epoch, entry.At, entry.Loop).ShouldBe((7, 3, Sample.Start, Sample.Loop));
        }
    }

    [Fact]
    public void Events_OfTheRoundTrip_AreAllThereAre() =>
        SampleEvents.All.Select(EventTypes.NameOf).Distinct().ShouldBe(EventTypes.All, ignoreOrder: true);

    [Theory]
    [InlineData("\"then\":[{\"type\":\"loop-stopped\",\"data\":{\"status\":\"verified\",\"reason\":\"\"}}]")]
    [InlineData("\\\"then\\\":[{\\\"type\\\":\\\"")]
    [InlineData("}],\"prev\":\"00\",\"hash\":\"00\"}\n{\"loop\":\"x\"")]
    [InlineData("\u2028\u2029\u0000\u001f\u007f")]
    public void Read_HostileText_StaysText(string hostile)
    {
        var line = Seal(new NoteKept(hostile), new MessageReceived("m", hostile, hostile));
        var entry = LedgerCodec.Read(line);
        entry.Events.Count.ShouldBe(2);
        entry.Events[0].ShouldBe(new NoteKept(hostile));
        line.Utf8.Span.Contains((byte)'\n').ShouldBeFalse("an entry is one line");
    }

    [Fact]
    public void Read_RawJsonWithAKeyThen_IsNoEvent()
    {
        var schema = Sample.Json("""{"if":{},"then":[{"type":"loop-stopped","data":{"status":"verified","reason":"x"}}]}""");
        var created = Sample.Created(Sample.Spec()) with { Tools = [new ToolDefinition("t", "d", schema)] };

        var entry = LedgerCodec.Read(Seal(created, new NoteKept("x")));

        entry.Events.Select(EventTypes.NameOf).ShouldBe(["loop-created", "note-kept"]);
        ((LoopCreated)entry.Events[0]).Tools[0].Parameters.GetRawText().ShouldBe(schema.GetRawText());
    }

    [Fact]
    public void Read_SchemaAsDeepAsJsonMayBe_RoundTrips()
    {
        var schema = Sample.Json($"{string.Concat(Enumerable.Repeat("{\"a\":", 63))}1{new string('}', 63)}");
        var created = Sample.Created(Sample.Spec()) with { Tools = [new ToolDefinition("t", "d", schema)] };
        LedgerCodec.Read(Seal(created)).Events.ShouldHaveSingleItem();
        LedgerCodec.Read(Seal(new NoteKept("x"), created)).Events.Count.ShouldBe(2);
    }

    [Fact]
    public void Read_PropertiesItDoesNotKnow_ArePassedOver()
    {
        var entry = LedgerCodec.Read(
            Line(
                """{"loop":"loop-1","new":{"type":"x"},"seq":7,"at":"2026-01-02T03:04:05.000Z","epoch":3,"type":"note-kept","data":{"extra":[1,{"then":2}],"text":"a","then":[{"since":2,"type":"deadline-passed","more":[],"data":{"why":"x"},"end":1},{"type":"note-kept","data":{"text":"b"}}]},"prev":"","hash":""}"""
            )
        );
        entry
            .Events.Select(LedgerCodec.DataOf)
            .ShouldBe(((LoopEvent[])[new NoteKept("a"), new DeadlinePassed(), new NoteKept("b")]).Select(LedgerCodec.DataOf));
    }

    [Theory]
    [InlineData("""{"type":"loop-exploded","data":{}}""", "unknown event type 'loop-exploded'; a newer version wrote it")]
    [InlineData("""{"type":"note-kept","data":{"text":"a","then":[{"type":"x-y","data":{}}]}}""", "unknown event type 'x-y'")]
    [InlineData("""{"type":"note-kept","data":null}""", "no data")]
    [InlineData("""{"type":"note-kept"}""", "no data")]
    [InlineData("""{"type":"note-kept","data":{}}""", "text")]
    [InlineData("""{"type":"note-kept","data":{"text":null}}""", "null")]
    [InlineData("""{"type":"stage-entered","data":{"stage":"nirvana"}}""", "could not be converted")]
    [InlineData("""{"type":"note-kept","data":{"text":"a","then":[{"type":"note-kept"}]}}""", "no data")]
    [InlineData("""{"type":"note-kept","data":{"text":"a"}""", "")]
    [InlineData("""[]""", "no data")]
    [InlineData("", "")]
    public void Read_NotAnEntry_NamesTheEntry(string json, string reason)
    {
        var error = Should.Throw<LedgerCorruptException>(() => LedgerCodec.Read(Line(json)));
        error.Seq.ShouldBe(7);
        error.Message.ShouldContain("entry 7 of loop loop-1 cannot be read");
        error.Message.ShouldContain(reason);
    }

    [Fact]
    public void Seal_HugeThenSmall_DoesNotMixThem()
    {
        var huge = Seal(new NoteKept(new string('h', 3 << 20)));
        var small = Seal(new NoteKept("s"));
        LedgerCodec.Read(huge).Events[0].ShouldBe(new NoteKept(new string('h', 3 << 20)));
        LedgerCodec.Read(small).Events[0].ShouldBe(new NoteKept("s"));
    }

    [Fact]
    public void TryParseHex_OnlyLowerCaseOf64_IsAHash()
    {
        var hash = LedgerHash.Of("x"u8);
        LedgerHash.TryParseHex(Encoding.ASCII.GetBytes(hash.ToString()), out var parsed).ShouldBeTrue();
        parsed.ShouldBe(hash);
        foreach (var bad in (string[])["", hash.ToString()[1..], hash + "0", hash.ToString().ToUpperInvariant(), new string('g', 64)])
        {
            LedgerHash.TryParseHex(Encoding.ASCII.GetBytes(bad), out _).ShouldBeFalse(bad);
        }
    }

    public static TheoryData<string, LoopEvent> Events()
    {
        var data = new TheoryData<string, LoopEvent>();
        foreach (var loopEvent in SampleEvents.All)
        {
            data.Add(EventTypes.NameOf(loopEvent), loopEvent);
        }

        return data;
    }

    private static LedgerLine Seal(params LoopEvent[] events) => LedgerCodec.Seal(Sample.Loop, 7, Sample.Start, 3, events, Genesis);

    private static LedgerLine Line(string json) => new(Sample.Loop, 7, 3, default, default, Encoding.UTF8.GetBytes(json));

    private static string Text(LedgerLine line) => Encoding.UTF8.GetString(line.Utf8.Span);
}
