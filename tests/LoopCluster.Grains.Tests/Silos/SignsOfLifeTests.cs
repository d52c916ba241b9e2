using System.Net;
using LoopCluster.Grains.Silos;
using Orleans.Runtime;

namespace LoopCluster.Grains.Tests.Silos;

public sealed class SignsOfLifeTests
{
    private static readonly SiloAddress Member = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11111), 1);
    private static readonly DateTime Sign = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly SetTime _time = new();

    [Fact]
    public void IsSilent_SameSignForLongerThanAllowed_True()
    {
        var signs = new SignsOfLife(TimeSpan.FromSeconds(4), _time);
        signs.IsSilent(Member, Sign).ShouldBeFalse();
        _time.Now = TimeSpan.FromSeconds(4);
        signs.IsSilent(Member, Sign).ShouldBeFalse();
        _time.Now = TimeSpan.FromSeconds(4.1);
        signs.IsSilent(Member, Sign).ShouldBeTrue();
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(1)]
    [InlineData(3600)]
    public void IsSilent_SignChangesWhateverItsClock_False(int seconds)
    {
        var signs = new SignsOfLife(TimeSpan.FromSeconds(4), _time);
        signs.IsSilent(Member, Sign).ShouldBeFalse();
        _time.Now = TimeSpan.FromSeconds(5);
        signs.IsSilent(Member, Sign.AddSeconds(seconds)).ShouldBeFalse();
        _time.Now = TimeSpan.FromSeconds(8);
        signs.IsSilent(Member, Sign.AddSeconds(seconds)).ShouldBeFalse();
    }

    [Fact]
    public void IsSilent_TableWasAwayMeanwhile_CountsFromItsReturn()
    {
        var signs = new SignsOfLife(TimeSpan.FromSeconds(4), _time);
        signs.IsSilent(Member, Sign).ShouldBeFalse();
        _time.Now = TimeSpan.FromSeconds(3);
        signs.Forget();
        _time.Now = TimeSpan.FromSeconds(5);
        signs.IsSilent(Member, Sign).ShouldBeFalse();
        _time.Now = TimeSpan.FromSeconds(9.1);
        signs.IsSilent(Member, Sign).ShouldBeTrue();
    }

    [Fact]
    public void IsSilent_OldSignSeenForTheFirstTime_False()
    {
        var signs = new SignsOfLife(TimeSpan.FromSeconds(4), _time);

        signs.IsSilent(Member, Sign.AddYears(-1)).ShouldBeFalse();
    }

    private sealed class SetTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
