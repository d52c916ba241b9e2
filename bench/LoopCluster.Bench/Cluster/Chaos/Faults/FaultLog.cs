using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LoopCluster.Bench.Cluster.Hosting.Silos;

namespace LoopCluster.Bench.Cluster.Chaos.Faults;

/// <summary>What was done when, in words for whoever watches and in times for the reckoning.</summary>
internal sealed class FaultLog(Action<string> say)
{
    /// <summary>A silo away for less is no death; nobody takes its loops.</summary>
    private static readonly TimeSpan Death = TimeSpan.FromSeconds(5);

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ConcurrentQueue<SiloLoss> _losses = new();
    private readonly ConcurrentQueue<string> _faults = new();

    /// <summary>Processes that were taken from the cluster, and when.</summary>
    public IReadOnlyCollection<SiloLoss> Losses => _losses;

    /// <summary>What the cluster did that no fault excuses.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    public void Say(string text) =>
        say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds, 6:0.0} s  {text}"));

    public void Lost(SiloLife life, string how)
    {
        _losses.Enqueue(new SiloLoss(life, how, Stopwatch.GetTimestamp()));
        Say($"{life.Silo.Name}: {how}");
    }

    public void Paused(SiloLife life, TimeSpan duration) => Away(life, "stopped", duration);

    public void Cut(SiloLife life, TimeSpan duration) => Away(life, "link cut", duration);

    /// <summary>A process that nobody asked to end.</summary>
    public void Ended(SiloLife life)
    {
        _losses.Enqueue(new SiloLoss(life, "ended by itself", Stopwatch.GetTimestamp()));
        Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{life.Silo.Name}: ended by itself with exit code {life.Process.ExitCode} (its log: {life.Process.Log}); started again"
            )
        );
    }

    public void Broken(string what)
    {
        _faults.Enqueue(what);
        Say($"BROKEN: {what}");
    }

    private void Away(SiloLife life, string how, TimeSpan duration)
    {
        if (duration > Death)
        {
            _losses.Enqueue(new SiloLoss(life, how, Stopwatch.GetTimestamp()));
        }

        Say($"{life.Silo.Name}: {how} for {duration.TotalSeconds:0.0} s");
    }
}

/// <param name="At">In ticks of <see cref="Stopwatch"/>.</param>
internal sealed record SiloLoss(SiloLife Life, string How, long At);
