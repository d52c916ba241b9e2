using LoopCluster.Engine.Routing;

namespace LoopCluster.Bench.Routing;

/// <summary>
/// Sessions of growing prompts among simulated replicas with prefix caches: the product's rule beside plain hashing and beside taking
/// turns. Some sessions are hot (long prompts, hardly a pause), as in a fleet where some loops read much: plain hashing piles them up by
/// chance.
/// </summary>
internal static class AffinityBench
{
    private const int Replicas = 8;
    private const int Sessions = 320;
    private const int HotSessions = 24;
    private const int TurnsPerSession = 40;
    private static readonly TimeSpan LoadsEvery = TimeSpan.FromSeconds(1);

    public static object Run(int seed)
    {
        var hash = Simulate(seed, (session, loads, _, _) => AffinityRules.Choose(session, [.. loads.Select(Idle)], null, false).Url);
        var rule = Simulate(seed, (session, loads, last, isWarm) => AffinityRules.Choose(session, loads, last, isWarm).Url);
        var next = 0;
        var turns = Simulate(seed, (_, loads, _, _) => loads[next++ % loads.Count].Url);
        return new
        {
            replicas = Replicas,
            sessions = Sessions,
            hotSessions = HotSessions,
            requests = Sessions * TurnsPerSession,
            affinity = rule,
            plainHashing = hash,
            roundRobin = turns,
            hitRateToHashing = Math.Round(rule.HitRate / hash.HitRate, 4),
            p99ToHashing = Math.Round(rule.P99Seconds / hash.P99Seconds, 3),
        };
    }

    private static ReplicaLoad Idle(ReplicaLoad load) => new(load.Url);

    private static AffinityFigures Simulate(int seed, Func<string, IReadOnlyList<ReplicaLoad>, string?, bool, string> choose)
    {
        var random = new Random(seed);
        var replicas = Enumerable
            .Range(0, Replicas)
            .ToDictionary(i => $"http://gpu-{i}/v1", i => new SimulatedReplica($"http://gpu-{i}/v1"));
        var sessions = Enumerable.Range(0, Sessions).Select(i => new SimulatedSession(i, i < HotSessions, TurnsPerSession)).ToList();
        var due = new PriorityQueue<Action<double>, double>();
        IReadOnlyList<ReplicaLoad> loads = [.. replicas.Values.Select(r => r.Load)];
        var read = double.NegativeInfinity;
        foreach (var session in sessions)
        {
            var start = random.NextDouble() * 60;
            due.Enqueue(now => Ask(session, now), start);
        }

        while (due.TryDequeue(out var act, out var now))
        {
            act(now);
        }

        return AffinityFigures.Of(sessions, replicas.Values);

        void Ask(SimulatedSession session, double now)
        {
            if (now - read >= LoadsEvery.TotalSeconds)
            {
                // As old as the product lets them become.
                (loads, read) = ([.. replicas.Values.Select(r => r.Load)], now);
            }

            var isWarm = session.Last is not null && now - session.At < AffinityRules.Warm.TotalSeconds;
            var replica = replicas[choose(session.Name, loads, session.Last, isWarm)];
            replica.Enter(new SimulatedRequest(session, now), now, Begin);
        }

        void Begin(SimulatedReplica replica, SimulatedRequest request, double now)
        {
            var seconds = replica.Serve(request);
            due.Enqueue(
                end =>
                {
                    request.Session.Replied(replica.Url, end, end - request.At, request.Cached, request.Prompt);
                    replica.Leave(end, Begin);
                    if (request.Session.GoesOn)
                    {
                        var pause = request.Session.Pause * -Math.Log(1 - random.NextDouble());
                        due.Enqueue(later => Ask(request.Session, later), end + pause);
                    }
                },
                now + seconds
            );
        }
    }
}
