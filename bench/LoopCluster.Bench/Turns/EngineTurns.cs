using System.Collections.Concurrent;
using System.Diagnostics;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Bench.Turns;

/// <summary>
/// The real driver, ledger, audit log and HTTP client; only workspace and sandbox are empty, since no tool of this workload needs them.
/// </summary>
internal static class EngineTurns
{
    public sealed record Result(
        double TurnsPerSecond,
        double CpuMsPerTurn,
        double KbPerTurn,
        IReadOnlyList<double> TurnMs,
        IReadOnlyList<ReadOnlyMemory<byte>> Bodies
    );

    public static async Task<Result> RunAsync(Uri modelUrl, int sessions, int turns, string directory)
    {
        await using var services = BenchServices.Create(directory);
        var timing = new TimingClient(services.Models);
        var ports = services.Ports(timing);
        var starter = new LoopStarter(ports, ModelCatalog.Empty, TenantLimits.None);
        var drivers = new List<LoopDriver>();
        for (var i = 0; i < sessions; i++)
        {
            var state = await starter.CreateAsync(new StartLoop(TurnsSpec.Tenant, TurnsSpec.For(modelUrl, turns)), CancellationToken.None);
            drivers.Add(new LoopDriver(ports, state, "bench", NullLogger<LoopDriver>.Instance));
        }

        var allocated = GC.GetTotalAllocatedBytes();
        var cpu = Measure.Cpu();
        var started = Stopwatch.GetTimestamp();
        var ends = await Task.WhenAll(drivers.Select(d => Task.Run(() => d.RunAsync(CancellationToken.None))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        cpu = Measure.Cpu() - cpu;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var calls = drivers.Sum(d => d.State.Spend.Turns);
        if (ends.Any(e => e != DriveEnd.Waiting) || calls != sessions * (turns + 1))
        {
            throw new InvalidOperationException(
                $"{calls} of {sessions * (turns + 1)} model calls were answered: {drivers[0].State.StopReason}"
            );
        }

        var work = sessions * turns;
        return new Result(
            work / seconds,
            cpu.TotalMilliseconds / work,
            allocated / 1024.0 / work,
            timing.TurnMs(),
            timing.BodiesOf(drivers[0].State.Id)
        );
    }

    /// <summary>Notes when each call of a session begins, and the bytes it sends.</summary>
    private sealed class TimingClient(IModelClient inner) : IModelClient
    {
        private readonly ConcurrentDictionary<LoopId, List<(long At, ReadOnlyMemory<byte> Body)>> _calls = new();

        public bool Serves(ModelBinding model) => inner.Serves(model);

        public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
        {
            _calls.GetOrAdd(call.Loop, static _ => []).Add((Stopwatch.GetTimestamp(), call.Body));
            return inner.SendAsync(call, cancellationToken);
        }

        public IReadOnlyList<double> TurnMs() =>
            [.. _calls.Values.SelectMany(c => c.Zip(c.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a.At, b.At).TotalMilliseconds)).Order()];

        public IReadOnlyList<ReadOnlyMemory<byte>> BodiesOf(LoopId loop) => [.. _calls[loop].Select(c => c.Body)];
    }
}
