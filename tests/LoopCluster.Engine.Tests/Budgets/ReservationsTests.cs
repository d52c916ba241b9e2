using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Budgets;

public class ReservationsTests
{
    private static readonly ModelPrice Price = new() { In = 2m, Out = 10m };

    [Theory]
    [InlineData(100_000, 5000, 3, 5048)]
    [InlineData(4000, 5000, 3, 4000)]
    public void PromptBound_IsBytesAndSixteenAMessageWithinTheWindow(int window, int bytes, int messages, long bound) =>
        Reservations.PromptBound(window, bytes, messages).ShouldBe(bound);

    [Theory]
    [InlineData(10_000, 4096)]
    [InlineData(5_000, 4000)]
    [InlineData(1_512, 512)]
    [InlineData(1_511, 0)]
    [InlineData(0, 0)]
    public void Afford_TokensRunOut_LowersTheReplyDownToTheFloor(long tokens, int expected)
    {
        var (most, exhausted) = Reservations.Afford(new BudgetLimits { Tokens = tokens }, new BudgetSpend(), Price, 1000, 4096);
        most.ShouldBe(expected);
        (exhausted is null).ShouldBe(expected > 0);
    }

    [Fact]
    public void Afford_ModelsReplyIsBelowTheFloor_IsEnough() =>
        Reservations.Afford(new BudgetLimits { Tokens = 1100 }, new BudgetSpend(), Price, 1000, 100).ShouldBe((100, null));

    [Theory]
    [InlineData("0.1", 4096)]
    [InlineData("0.012", 1000)]
    [InlineData("0.00712", 512)]
    [InlineData("0.00711", 0)]
    public void Afford_CostRunsOut_LowersTheReplyDownToTheFloor(string cost, int expected)
    {
        var limits = new BudgetLimits { Cost = decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture) };
        var (most, exhausted) = Reservations.Afford(limits, new BudgetSpend(), Price, 1000, 4096);
        most.ShouldBe(expected);
        (exhausted?.StartsWith("cost:", StringComparison.Ordinal) ?? false).ShouldBe(expected == 0);
    }

    [Fact]
    public void Afford_PromptAloneIsTooDear_IsExhausted() =>
        Reservations
            .Afford(new BudgetLimits { Cost = 0.001m }, new BudgetSpend(), Price with { Out = 0 }, 1000, 4096)
            .Exhausted.ShouldNotBeNull();

    [Fact]
    public void Afford_FreeModel_NeedsNoMoney() =>
        Reservations.Afford(new BudgetLimits { Cost = 0m }, new BudgetSpend(), new ModelPrice(), 1000, 4096).ShouldBe((4096, null));

    [Fact]
    public void Afford_HugeCeilingAndTinyPrice_DoesNotOverflow() =>
        Reservations
            .Afford(
                new BudgetLimits { Cost = 1_000_000_000m },
                new BudgetSpend(),
                new ModelPrice { In = 1, Out = 0.0000000000000000000001m },
                1000,
                4096
            )
            .ShouldBe((4096, null));

    [Fact]
    public void Afford_AnyBudget_NeverPassesIt()
    {
        var random = new Random(3);
        for (var i = 0; i < 5000; i++)
        {
            var price = new ModelPrice
            {
                In = random.Next(100) / 7m,
                Out = random.Next(100) / 3m,
                Cached = random.Next(3) == 0 ? random.Next(100) : null,
            };
            var limits = new BudgetLimits { Tokens = random.Next(20_000), Cost = random.Next(200) / 1000m };
            var spend = new BudgetSpend { TokensIn = random.Next(5000), Cost = random.Next(50) / 1000m };
            var bound = random.Next(1, 8000);
            var (most, exhausted) = Reservations.Afford(limits, spend, price, bound, 4096);
            if (exhausted is null)
            {
                var held = Reservations.Of(price, bound, most);
                (spend.Tokens + held.TokensIn + held.TokensOut).ShouldBeLessThanOrEqualTo(limits.Tokens);
                (spend.Cost + held.Cost).ShouldBeLessThanOrEqualTo(limits.Cost!.Value);
            }
        }
    }

    [Fact]
    public void CostOf_CachedTokens_HaveTheirOwnPrice() =>
        Reservations
            .CostOf(
                new ModelPrice
                {
                    In = 10,
                    Out = 20,
                    Cached = 1,
                },
                new Usage(1_000_000, 500_000, 400_000)
            )
            .ShouldBe(6m + 0.4m + 10m);

    [Fact]
    public void CostOf_NoCachedPrice_IsThatOfInput() => Reservations.CostOf(Price, new Usage(1_000_000, 0, 400_000)).ShouldBe(2m);

    [Theory]
    [InlineData(100, 200)]
    [InlineData(100, -200)]
    public void CostOf_OddCachedFigure_StaysWithinThePrompt(long prompt, long cached) =>
        Reservations.CostOf(new ModelPrice { In = 1_000_000, Cached = 0 }, new Usage(prompt, 0, cached)).ShouldBeInRange(0, 100);

    [Fact]
    public void Of_CachedDearerThanFresh_HoldsTheDearerBack() =>
        Reservations.Of(new ModelPrice { In = 1, Cached = 5 }, 1_000_000, 0).Cost.ShouldBe(5);
}
