using LoopCluster.ClusterKit.Processes;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>Which faults a seed has, and when.</summary>
internal static class FaultPlan
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(3);

    /// <param name="capabilities">Faults this machine cannot do are left out; the others stay what they are.</param>
    public static IReadOnlyList<Fault> Write(int seed, int silos, TimeSpan duration, FaultCapabilities capabilities)
    {
        var random = new Random(seed);
        var faults = new List<Fault>();

        // Whatever the seed: a death, and Redis restarted.
        faults.Add(Death(random, Between(random, First, duration / 2), silos, Signal.Kill));
        faults.Add(RedisEnd(random, Between(random, First, duration)));
        for (var at = First; at < duration; at += TimeSpan.FromSeconds(2 + (random.NextDouble() * 4)))
        {
            var fault = Choose(random, at, silos);
            if (capabilities.Allow(fault))
            {
                faults.Add(fault);
            }
        }

        return [.. faults.OrderBy(fault => fault.At)];
    }

    /// <summary>Draws the same numbers on every machine.</summary>
    private static Fault Choose(Random random, TimeSpan at, int silos)
    {
        var index = random.Next(silos);
        var other = (index + 1 + random.Next(Math.Max(1, silos - 1))) % silos;
        var (brief, @long) = (Seconds(random, 1, 3), Seconds(random, 6, 16));
        var signal = random.Next(2) == 0 ? Signal.Terminate : Signal.Kill;
        return random.Next(100) switch
        {
            < 26 => Death(random, at, silos, Signal.Kill),
            < 38 => Death(random, at, silos, Signal.Terminate),
            < 46 => new SiloPauses(at, index, brief),
            < 54 => new SiloPauses(at, index, @long),
            < 60 => RedisEnd(random, at),
            < 64 => new RedisPauses(at, brief),
            < 68 => new RedisIsCut(at, brief),
            < 76 => new LinkIsCut(at, index, random.Next(2) == 0 ? brief : @long),
            < 80 when other != index => new SilosAreSeparated(at, index, other, @long),
            < 86 => new LinkIsSlow(at, index, @long),
            < 93 => new DiskFills(at, index, @long / 2),
            _ => new EngineFails(at, random.Next(3) == 0 ? Signal.Stop : signal, brief),
        };
    }

    private static SiloEnds Death(Random random, TimeSpan at, int silos, Signal signal) =>
        new(at, random.Next(silos), signal, Seconds(random, 0, 4), LosesData: random.Next(2) == 0, NewPorts: random.Next(3) == 0);

    private static RedisEnds RedisEnd(Random random, TimeSpan at) =>
        new(at, random.Next(2) == 0 ? Signal.Kill : Signal.Terminate, Seconds(random, 0, 3));

    private static TimeSpan Between(Random random, TimeSpan from, TimeSpan to) => from + ((to - from) * random.NextDouble());

    private static TimeSpan Seconds(Random random, double from, double to) =>
        TimeSpan.FromSeconds(from + ((to - from) * random.NextDouble()));
}

/// <summary>What this machine lets a run do.</summary>
internal sealed record FaultCapabilities(bool Network, bool Disks, bool Engine)
{
    public bool Allow(Fault fault) =>
        fault switch
        {
            LinkIsCut or RedisIsCut or SilosAreSeparated or LinkIsSlow => Network,
            DiskFills => Disks,
            EngineFails => Engine,
            _ => true,
        };
}
