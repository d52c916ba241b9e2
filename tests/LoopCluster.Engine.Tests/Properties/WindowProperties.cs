using FsCheck;
using FsCheck.Fluent;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Properties;

/// <summary>
/// Never above the window. What is assumed of the endpoint: a message costs the same wherever it stands, at most a token a byte and 16
/// around it, and texts cost by the kinds of their characters, whatever each kind costs. Without the last, and with bills that lie, a
/// refusal is possible, and teaches.
/// </summary>
public class WindowProperties
{
    [Fact]
    public void Turns_AnyTokenizerByKind_AreNeverAboveTheWindow() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Talks, choices =>
            {
                var tape = new Tape(choices);
                var tokenizer = Tokenizers.ByKind([.. Enumerable.Range(0, 9).Select(_ => tape.One(16, 1, 4, 8, 24, 32, 48, 64))]);
                var silent = tape.Chance(80);
                var rig = new WindowRig(tape.One(16_384, 8_192, 32_768), tokenizer, tape.One(4, 0, 16), tape.One(4096, 512, 100_000))
                {
                    Bill = tokens => silent && tape.Chance(60) ? null : new Usage(tokens, 20),
                };
                Talk(rig, tape);
                rig.Refused.ShouldBe(0);
            }));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Turns_TokenizerOfPieces_AreNeverAboveTheWindow(int seed)
    {
        var tape = Tape.OfSeed(seed, 900);
        var rig = new WindowRig(32_768, Tokenizers.Pieces);
        Talk(rig, tape);
        rig.Refused.ShouldBe(0);
    }

    [Fact]
    public void Turns_AnyBillAnyWindow_AreRefusedAtMostAFewTimes() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(Talks, choices =>
            {
                var tape = new Tape(choices);
                // What a text costs cannot be told from any other, and the bill may be wrong.
                var seed = tape.Pick(200);
                long Tokenizer(string text) => text.Length * (1 + ((text.Length * 31L) + seed + text.Sum(c => c)) % 8) / 8;
                var (times, parts) = (tape.One(1, 2, 0), tape.One(1, 3, 8));
                var window = tape.One(16_384, 32_768);
                var rig = new WindowRig(window, Tokenizer, 4, said: window * tape.One(1, 2, 3) / tape.One(1, 2))
                {
                    Bill = tokens => tokens * times / parts is > 0 and var told && told <= window ? new Usage(told, 20) : null,
                };
                Talk(rig, tape);
                rig.Refused.ShouldBeLessThan(2 + (rig.Turns / 4));
            }));

    /// <summary>Not shrunk: a talk is long, and a shorter one no easier to read.</summary>
    private static Arbitrary<byte[]> Talks => Gen.Choose(0, 255).Select(i => (byte)i).ArrayOf(700).ToArbitrary();

    private static void Talk(WindowRig rig, Tape tape)
    {
        for (var turn = 0; turn < 60 && !rig.History.State.IsTerminal; turn++)
        {
            switch (tape.Pick(16))
            {
                case 1:
                    rig.History.Given(new MessageReceived($"m{turn}", "ann", Text(tape, 2000))).Decide();
                    break;
                case 2:
                    rig.Says(tape.One("", Text(tape, 3000)), ReplyFinish.Length);
                    break;
                case 3:
                    rig.Claim(Text(tape, 6000));
                    break;
                default:
                    rig.Turn(Text(tape, 500), Text(tape, 900), [.. Enumerable.Range(0, tape.One(1, 2, 5)).Select(_ => Text(tape, 8000))]);
                    break;
            }
        }
    }

    private static string Text(Tape tape, int most) =>
        SampleTexts.All[tape.Pick(tape.One(3, 8, 1))](tape.One(most / 3, 1, 20, most / 2, most), tape.Pick(50));
}
