using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Ledger;

/// <summary>What is read by shape is what the general reader reads.</summary>
public class TurnLineReaderTests
{
    private static readonly string[] Texts =
    [
        "",
        "x",
        "call_1",
        "{\"command\":\"ls -l\"}",
        "two\nlines\t\"quoted\" \\",
        "\u00e9\u4e16 \ud83d\ude00",
        "\u0000\u001f\u007f\u2028",
        new('y', 5000),
        "\",\"then\":[{\"type\":\"note-kept\",\"data\":{\"text\":\"x\"}}]",
        "}},{",
        "\\",
        "\\\"",
    ];

    private static readonly string[] Turns = ["model-requested", "model-replied", "tool-requested", "tool-completed"];

    [Fact]
    public void TryRead_TurnsAsTheyAreSealed_AreReadByShape()
    {
        var turns = SampleEvents.All.Where(e => Turns.Contains(EventTypes.NameOf(e))).ToList();
        turns.Count.ShouldBe(Turns.Length);
        foreach (var turn in turns)
        {
            Read(turn)
                .Count.ShouldBe(
                    1,
                    "an event that was given another shape is read by the general reader, which takes longer: bring this reader up to date"
                );
            Read([turn, .. SampleEvents.All])
                .Count.ShouldBe(SampleEvents.All.Count + 1, "what stands behind a turn's event is read whatever it is");
        }
    }

    [Fact]
    public void TryRead_EachEnum_IsReadByShape()
    {
        var (requested, completed, replied) = (Sample<ToolRequested>(), Sample<ToolCompleted>(), Sample<ModelReplied>());
        Read([.. Enum.GetValues<EffectClass>().Select(c => requested with { Class = c })]).Count.ShouldBe(3);
        Read([.. Enum.GetValues<ToolOutcome>().Select(o => completed with { Outcome = o })]).Count.ShouldBe(7);
        Read([.. Enum.GetValues<RouteCause>().Select(c => Sample<ModelRequested>() with { Cause = c })]).Count.ShouldBe(11);
        Read([.. Enum.GetValues<ReplicaCause>().Select(c => replied with { Replica = new ReplicaChoice("u", c) })]).Count.ShouldBe(4);
        Read([.. Enum.GetValues<ReplyFinish>().Select(f => replied with { Finish = f })]).Count.ShouldBe(4);
    }

    [Fact]
    public void TryRead_AnyText_IsWhatTheGeneralReaderReads()
    {
        foreach (var text in Texts)
        {
            Read(
                Sample<ModelReplied>() with
                {
                    Text = text,
                    Tools = [.. Texts.Select(t => new ToolCall(t, text, t))],
                    Extra = null,
                },
                Sample<ToolRequested>() with
                {
                    Call = text,
                    Tool = text,
                    Rule = null,
                },
                Sample<ToolCompleted>() with
                {
                    Call = text,
                    Tool = text,
                    ExitCode = null,
                    Output = OutputText.Inline(text),
                },
                new NoteKept(text),
                Sample<ModelRequested>() with
                {
                    Agent = text,
                    Tier = text,
                    Model = text,
                    Clipped = null,
                }
            )
                .Count.ShouldBe(5);
        }
    }

    [Fact]
    public void TryRead_AnyNumber_IsWhatTheGeneralReaderReads()
    {
        foreach (var number in (decimal[])[0, 0.10m, 1.000m, 0.0000001m, 12345.678901234567890123m, 79228162514264337593543950335m])
        {
            Read(
                Sample<ModelRequested>() with
                {
                    Reserved = new Reservation(long.MaxValue / 100, 0, number),
                    RequestBytes = int.MaxValue,
                },
                Sample<ModelReplied>() with
                {
                    Cost = number,
                    Usage = new Usage(0, 1, 2),
                },
                Sample<ToolCompleted>() with
                {
                    SandboxSeconds = (double)number,
                }
            )
                .Count.ShouldBe(3);
        }
    }

    [Theory]
    [InlineData("\"epoch\":3", "\"epoch\": 3")]
    [InlineData("\"at\":\"2026-01-02T03:04:05.000Z\"", "\"at\":\"2026-01-02T03:04:05Z\"")]
    [InlineData("\"at\":\"2026-01-02T03:04:05.000Z\"", "\"at\":\"2026-02-29T03:04:05.000Z\"")]
    [InlineData("\"call\":\"i\"", "\"since\":1,\"call\":\"i\"")]
    [InlineData("\"class\":\"external\"", "\"class\":\"cosmic\"")]
    [InlineData("\"reservedSeconds\":1.25", "\"reservedSeconds\":1.25,\"since\":2")]
    [InlineData("\"reservedSeconds\":1.25", "\"reservedSeconds\":01.25")]
    [InlineData("\"reservedSeconds\":1.25", "\"reservedSeconds\":-1.25")]
    public void TryRead_AnotherShape_IsLeftToTheGeneralReader(string part, string other)
    {
        var text = Encoding.UTF8.GetString(Seal(Sample<ToolRequested>()).Utf8.Span);
        text.ShouldContain(part);
        TurnLineReader.TryRead(Line(text.Replace(part, other, StringComparison.Ordinal))).ShouldBeNull();
    }

    [Fact]
    public void TryRead_AnyPartOfALine_IsNoEntry()
    {
        var line = Seal(Sample<ModelReplied>(), Sample<ToolCompleted>()).Utf8;
        for (var length = 0; length < line.Length - 80 - LedgerHash.Size * 2; length++)
        {
            LedgerEntry? entry = null;
            try
            {
                entry = TurnLineReader.TryRead(new LedgerLine(Support.Sample.Loop, 7, 3, default, default, line[..length]));
            }
            catch (System.Text.Json.JsonException)
            {
                // Cut inside a text with escapes.
            }

            entry.ShouldBeNull();
        }
    }

    private static T Sample<T>()
        where T : LoopEvent => SampleEvents.All.OfType<T>().First();

    /// <summary>The events, which both readers read alike.</summary>
    private static List<LoopEvent> Read(params LoopEvent[] events)
    {
        var line = Seal(events);
        var (entry, general) = (TurnLineReader.TryRead(line).ShouldNotBeNull(), LedgerCodec.ReadAny(line));
        entry.Events.Select(LedgerCodec.DataOf).ShouldBe(general.Events.Select(LedgerCodec.DataOf));
        entry.Events.Select(LedgerCodec.DataOf).ShouldBe(events.Select(LedgerCodec.DataOf));
        (entry.Loop, entry.Seq, entry.At, entry.Epoch, entry.Hash).ShouldBe(
            (general.Loop, general.Seq, general.At, general.Epoch, general.Hash)
        );
        return [.. entry.Events];
    }

    private static LedgerLine Seal(params LoopEvent[] events) =>
        LedgerCodec.Seal(Support.Sample.Loop, 7, Support.Sample.Start, 3, events, LedgerHash.Genesis(Support.Sample.Loop));

    private static LedgerLine Line(string json) => new(Support.Sample.Loop, 7, 3, default, default, Encoding.UTF8.GetBytes(json));
}
