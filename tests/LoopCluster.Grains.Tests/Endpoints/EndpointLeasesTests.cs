using LoopCluster.Grains.Endpoints;

namespace LoopCluster.Grains.Tests.Endpoints;

public sealed class EndpointLeasesTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    [Fact]
    public void Grant_OneHolder_GetsAll() =>
        new EndpointLeases(Lease).Grant(Use("a", 1, wanted: 1, concurrency: 8), TimeSpan.Zero).ShouldBe(8);

    [Fact]
    public void Grant_SecondHolder_GetsItsPartOnceTheFirstHasGivenIt()
    {
        var leases = new EndpointLeases(Lease);
        leases.Grant(Use("a", 1, wanted: 20, concurrency: 8), TimeSpan.Zero).ShouldBe(8);

        leases.Grant(Use("b", 1, wanted: 20, concurrency: 8), TimeSpan.Zero).ShouldBe(0, "a holds all");
        leases.Grant(Use("a", 2, wanted: 20, held: 8, concurrency: 8), TimeSpan.Zero).ShouldBe(4);
        leases.Grant(Use("b", 2, wanted: 20, concurrency: 8), TimeSpan.Zero).ShouldBe(0, "a may still have 8 open");
        leases.Grant(Use("a", 3, wanted: 20, held: 5, concurrency: 8), TimeSpan.Zero).ShouldBe(4);
        leases.Grant(Use("b", 3, wanted: 20, concurrency: 8), TimeSpan.Zero).ShouldBe(3);
        leases.Grant(Use("a", 4, wanted: 20, held: 4, concurrency: 8), TimeSpan.Zero).ShouldBe(4);
        leases.Grant(Use("b", 4, wanted: 20, held: 3, concurrency: 8), TimeSpan.Zero).ShouldBe(4);
    }

    [Fact]
    public void AheadOf_HolderThatGotLess_NamesWhoHasTooMuchUntilItHasGivenIt()
    {
        var leases = new EndpointLeases(Lease);
        leases.Grant(Use("a", 1, wanted: 2, concurrency: 8), TimeSpan.Zero).ShouldBe(8);
        leases.AheadOf("a", 8).ShouldBeEmpty();

        leases.Grant(Use("b", 1, wanted: 20, concurrency: 8), TimeSpan.Zero).ShouldBe(0);
        leases.AheadOf("b", 8).ShouldBe(["a"]);

        leases.Grant(Use("a", 2, wanted: 2, held: 2, concurrency: 8), TimeSpan.Zero).ShouldBe(2);
        leases.Grant(Use("b", 2, wanted: 20, concurrency: 8), TimeSpan.Zero).ShouldBe(6);
        leases.AheadOf("b", 8).ShouldBeEmpty("everybody has what is theirs");
    }

    [Fact]
    public void Grant_MoreHoldersThanConcurrency_EverybodyHasATurn()
    {
        var leases = new EndpointLeases(Lease);
        string[] holders = ["a", "b", "c"];
        var held = holders.ToDictionary(h => h, _ => 0);
        var served = new HashSet<string>();

        for (var round = 1; round <= 12; round++)
        {
            foreach (var holder in holders)
            {
                // Each finishes what it has before it asks again.
                held[holder] = leases.Grant(Use(holder, round, wanted: 5, held: held[holder], concurrency: 1), TimeSpan.FromSeconds(round));
                held.Values.Sum().ShouldBeLessThanOrEqualTo(1);
                if (held[holder] > 0)
                {
                    served.Add(holder);
                }
            }
        }

        served.ShouldBe(holders, ignoreOrder: true);
    }

    [Fact]
    public void Grant_HolderThatIsSilent_ItsShareIsFreeAfterTheLease()
    {
        var leases = new EndpointLeases(Lease);
        leases.Grant(Use("a", 1, wanted: 8, concurrency: 8), TimeSpan.Zero).ShouldBe(8);

        leases.Grant(Use("b", 1, wanted: 8, concurrency: 8), Lease - TimeSpan.FromTicks(1)).ShouldBe(0);
        leases.Grant(Use("b", 2, wanted: 8, concurrency: 8), Lease).ShouldBe(8);
    }

    [Fact]
    public void Grant_OlderMessageThatComesLate_ChangesNothing()
    {
        var leases = new EndpointLeases(Lease);
        leases.Grant(Use("a", 2, wanted: 1, concurrency: 8), TimeSpan.Zero).ShouldBe(8);

        leases.Grant(Use("a", 1, wanted: 0, concurrency: 8), TimeSpan.Zero).ShouldBe(8);

        leases.Held.ShouldBe(8);
    }

    /// <summary>
    /// Holders that open and finish requests, ask, get answers late or never, and die, in any order: what is open never passes the
    /// concurrency.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    public void Grant_AnyOrderOfThings_OpenNeverPassesTheConcurrency(int concurrency)
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var leases = new EndpointLeases(Lease);
            var holders = Enumerable.Range(0, 4).Select(i => new Holder($"silo{i}")).ToArray();
            for (var step = 0; step < 400; step++)
            {
                Step(random, leases, holders[random.Next(holders.Length)], holders, concurrency, TimeSpan.FromMilliseconds(step));
                holders.Sum(h => h.Open).ShouldBeLessThanOrEqualTo(concurrency, $"seed {seed}, step {step}");
            }
        }
    }

    private static void Step(Random random, EndpointLeases leases, Holder holder, Holder[] holders, int concurrency, TimeSpan now)
    {
        switch (random.Next(6))
        {
            case 0 when holder.Open < holder.Bound:
                holder.Open++;
                break;
            case 1 when holder.Open > 0:
                holder.Open--;
                break;
            case 2 or 3 when holder.Answer is null:
                var use = new EndpointUse
                {
                    Holder = holder.Name,
                    Number = ++holder.Number,
                    Concurrency = concurrency,
                    Wanted = holder.Open + random.Next(10),
                    Held = Math.Max(holder.Bound, holder.Open),
                };
                var granted = leases.Grant(use, now);
                // One answer in ten is lost.
                holder.Answer = random.Next(10) == 0 ? null : granted;
                break;
            case 4 when holder.Answer is { } answer:
                (holder.Bound, holder.Answer) = (answer, null);
                break;
            case 5 when random.Next(20) == 0 && holder.Open == 0 && holder.Answer is null:
                holder.Bound = 0;
                leases.Return(holder.Name);
                break;
            default:
                break;
        }
    }

    private static EndpointUse Use(string holder, long number, int wanted, int concurrency, int held = 0) =>
        new()
        {
            Holder = holder,
            Number = number,
            Wanted = wanted,
            Concurrency = concurrency,
            Held = held,
        };

    private sealed class Holder(string name)
    {
        public string Name { get; } = name;

        public int Bound { get; set; }

        public int Open { get; set; }

        public long Number { get; set; }

        public int? Answer { get; set; }
    }
}
