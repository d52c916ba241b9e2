using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Telemetry;

namespace LoopCluster.Runtime.Driver;

/// <summary>Activities and metrics of the runtime.</summary>
public static class DriverInstruments
{
    /// <summary>Name of the activity source and the meter.</summary>
    public const string Name = "LoopCluster.Runtime";

    internal static readonly ActivitySource Source = new(
        new ActivitySourceOptions(Name) { TelemetrySchemaUrl = GenAiConventions.SchemaUrl }
    );

    private static readonly Meter Meter = new(new MeterOptions(Name) { TelemetrySchemaUrl = GenAiConventions.SchemaUrl });
    private static readonly Histogram<double> ModelDuration = Meter.CreateHistogram(
        GenAiConventions.OperationDuration,
        "s",
        "Duration of one model call",
        advice: GenAiConventions.Seconds
    );
    private static readonly Histogram<long> ModelTokens = Meter.CreateHistogram(
        GenAiConventions.TokenUsage,
        "{token}",
        "Tokens billed",
        advice: GenAiConventions.Tokens
    );
    private static readonly Histogram<double> SandboxDuration = Meter.CreateHistogram<double>(
        "loopcluster.sandbox.call.duration",
        "s",
        "From a call's arrival to its container gone"
    );
    private static readonly Counter<long> PreparedContainers = Meter.CreateCounter<long>(
        "loopcluster.sandbox.prepared",
        "{container}",
        "Prepared containers by what became of them"
    );
    private static readonly Counter<long> ReapedContainers = Meter.CreateCounter<long>(
        "loopcluster.sandbox.reaped",
        "{container}",
        "Leftover containers that the reaper removed"
    );

    internal static void ModelCall(ModelBinding model, ModelResult result, long durationMs)
    {
        if (ModelDuration.Enabled)
        {
            ModelDuration.Record(durationMs / 1000.0, GenAiConventions.Duration(model, result));
        }

        if (ModelTokens.Enabled && result.Answer?.Usage is { } usage)
        {
            ModelTokens.Record(usage.In, GenAiConventions.Usage(model, "input"));
            ModelTokens.Record(usage.Out, GenAiConventions.Usage(model, "output"));
        }
    }

    internal static void SandboxCall(SandboxOutcome outcome, bool prepared, TimeSpan duration) =>
        SandboxDuration.Record(duration.TotalSeconds, new TagList { { "outcome", outcome.ToString() }, { "prepared", prepared } });

    internal static void PreparedEnded(bool used) => PreparedContainers.Add(1, new KeyValuePair<string, object?>("used", used));

    internal static void ContainersReaped(int count) => ReapedContainers.Add(count);
}
