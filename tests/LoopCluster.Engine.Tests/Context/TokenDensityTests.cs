using LoopCluster.Engine.Context;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

public class TokenDensityTests
{
    private static readonly TokenDensity s_prose = TokenDensity.Unknown.With(TextKinds.Of(SampleTexts.Prose(8000, 0)), 2000, 0);

    [Fact]
    public void Of_EveryKind_CountsBytesAsTheyStandInARequest()
    {
        TextKinds
            .Of("ab C\n1\"\u00e9\u4e16\ud83d\ude00\u0001")
            .ShouldBe(new TextKinds(Letters: 2, Capitals: 1, Digits: 1, Signs: 2, Blanks: 3, Runs: 0, Latin: 2, Wide: 3, Odd: 18));
        TextKinds.Of(new string('a', 40)).ShouldBe(new TextKinds(16, 0, 0, 0, 0, 24, 0, 0, 0));
        TextKinds.OfJson("\"a\\n\\u0001\u00e9\u4e16\""u8).ShouldBe(new TextKinds(1, 0, 0, 2, 2, 0, 2, 3, 6));
    }

    [Fact]
    public void Bound_NothingCounted_IsATokenAByte() => TokenDensity.Unknown.Bound(TextKinds.Of("four")).ShouldBe(4);

    [Fact]
    public void Bound_LikeWhatWasCounted_IsWhatItCostAndAQuarterMore() =>
        s_prose.Bound(TextKinds.Of(SampleTexts.Prose(4000, 0))).ShouldBeInRange(1240, 1300);

    [Fact]
    public void Bound_UnlikeWhatWasCounted_IsATokenAByte()
    {
        foreach (
            var text in (string[])
                [SampleTexts.Numbers(4000, 1), SampleTexts.Chinese(1000, 1), SampleTexts.Emoji(1000, 1), SampleTexts.Control(500, 1)]
        )
        {
            var kinds = TextKinds.Of(text);
            s_prose.Bound(kinds).ShouldBeInRange(kinds.Bytes * 7 / 10, kinds.Bytes);
        }
    }

    [Fact]
    public void Bound_FarMoreThanWasCounted_IsATokenAByte() =>
        s_prose.Bound(TextKinds.Of(SampleTexts.Prose(80_000, 0))).ShouldBe(TextKinds.Of(SampleTexts.Prose(80_000, 0)).Bytes);

    [Fact]
    public void With_DearerThanTheBound_RemembersItForAWhile()
    {
        var surprised = s_prose.With(TextKinds.Of(SampleTexts.Prose(4000, 0)), 2000, 0);
        surprised.Margin.ShouldBeInRange(215, 220);
        var later = surprised;
        for (var i = 0; i < 300; i++)
        {
            later = later.With(TextKinds.Of(SampleTexts.Prose(4000, 0)), 1000, 0);
        }

        later.Margin.ShouldBeInRange(125, 160);
        later.Seen.Bytes.ShouldBeLessThanOrEqualTo(1 << 20, "what is older counts less");
    }

    [Fact]
    public void With_MoreThanATokenAByte_CountsATokenAByte() =>
        TokenDensity.Unknown.With(TextKinds.Of("0123456789"), 1_000_000, 0).Tokens.ShouldBe(10);

    [Fact]
    public void Refuted_Figures_AreForgotten() => s_prose.Refuted().ShouldBe(new TokenDensity { Margin = 250 });
}
