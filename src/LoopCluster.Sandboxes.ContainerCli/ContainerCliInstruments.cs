using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.ContainerCli;

internal static class ContainerCliInstruments
{
    public const string Name = "LoopCluster.Sandboxes.ContainerCli";

    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "loopcluster.sandbox.call.duration", "s", "From a call's arrival to its container gone.");
    private static readonly Counter<long> Prepared = Meter.CreateCounter<long>(
        "loopcluster.sandbox.prepared", "{container}", "Prepared containers by what became of them.");
    private static readonly Counter<long> Reaped = Meter.CreateCounter<long>(
        "loopcluster.sandbox.reaped", "{container}", "Leftover containers that the reaper removed.");

    public static void CallEnded(SandboxOutcome outcome, bool prepared, TimeSpan duration) => Duration.Record(
        duration.TotalSeconds, new TagList { { "outcome", outcome.ToString() }, { "prepared", prepared } });

    public static void PreparedEnded(bool used) => Prepared.Add(1, new KeyValuePair<string, object?>("used", used));

    public static void ContainersReaped(int count) => Reaped.Add(count);
}
