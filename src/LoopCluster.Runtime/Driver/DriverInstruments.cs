using System.Diagnostics;
using System.Diagnostics.Metrics;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>Activities and metrics of the runtime. Names of the GenAI attributes follow OpenTelemetry's semantic conventions.</summary>
public static class DriverInstruments
{
    /// <summary>Name of the activity source and the meter.</summary>
    public const string Name = "LoopCluster.Runtime";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> ModelDuration = Meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of one model call");
    private static readonly Counter<long> ModelTokens = Meter.CreateCounter<long>("gen_ai.client.token.usage", "{token}", "Tokens billed");
    private static readonly Histogram<double> SandboxDuration = Meter.CreateHistogram<double>(
        "loopcluster.sandbox.call.duration", "s", "From a call's arrival to its container gone");
    private static readonly Counter<long> PreparedContainers = Meter.CreateCounter<long>(
        "loopcluster.sandbox.prepared", "{container}", "Prepared containers by what became of them");
    private static readonly Counter<long> ReapedContainers = Meter.CreateCounter<long>(
        "loopcluster.sandbox.reaped", "{container}", "Leftover containers that the reaper removed");

    internal static Activity? Start(LoopEffect effect, LoopState state)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = effect switch
        {
            CallModel call => Source.StartActivity($"chat {call.Request.Model}", ActivityKind.Client)?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.request.model", call.Request.Model),
            RunTool run => Source.StartActivity($"execute_tool {run.Call.Name}")?.SetTag("gen_ai.operation.name", "execute_tool").SetTag("gen_ai.tool.name", run.Call.Name),
            RunGate gate => Source.StartActivity($"gate {gate.Gate.Name}")?.SetTag("loopcluster.gate", gate.Gate.Name),
            PrepareBase or Prove => Source.StartActivity(effect.GetType().Name),
            _ => null,
        };
        return activity?.SetTag("loopcluster.loop", state.Id.Value).SetTag("loopcluster.attempt", state.Attempt);
    }

    internal static void ModelCall(ModelBinding model, ModelResult result, long durationMs)
    {
        var name = new KeyValuePair<string, object?>("gen_ai.request.model", model.Model);
        ModelDuration.Record(durationMs / 1000.0, name);
        if (result.Answer?.Usage is { } usage)
        {
            ModelTokens.Add(usage.In, name, new KeyValuePair<string, object?>("gen_ai.token.type", "input"));
            ModelTokens.Add(usage.Out, name, new KeyValuePair<string, object?>("gen_ai.token.type", "output"));
        }
    }

    internal static void SandboxCall(SandboxOutcome outcome, bool prepared, TimeSpan duration) => SandboxDuration.Record(
        duration.TotalSeconds, new TagList { { "outcome", outcome.ToString() }, { "prepared", prepared } });

    internal static void PreparedEnded(bool used) => PreparedContainers.Add(1, new KeyValuePair<string, object?>("used", used));

    internal static void ContainersReaped(int count) => ReapedContainers.Add(count);
}
