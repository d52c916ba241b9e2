using System.Collections.Concurrent;
using System.Diagnostics;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;

namespace LoopCluster.TestKit.Hosts;

/// <summary>The spans of a loop.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [Fact]
    public async Task Trace_LoopOfTwoAttempts_NestsLoopAttemptTurnAndWhatATurnDoes()
    {
        using var spans = new SpanList();

        var loop = await RunAsync(Spec($"[ {Write("41")}, {Write("42")} ]"));

        loop.Status.ShouldBe(LoopStatus.Verified);
        var trace = await spans.OfAsync(loop.Id, Patient);
        PathsOf(trace)
            .ShouldBe(
                [
                    "invoke_agent make",
                    "invoke_agent make/prepare",
                    "invoke_agent make/gate answer",
                    "invoke_agent make/attempt 1",
                    "invoke_agent make/attempt 1/turn 1",
                    "invoke_agent make/attempt 1/turn 1/chat script",
                    "invoke_agent make/attempt 1/turn 1/execute_tool write_file",
                    "invoke_agent make/attempt 1/turn 1/execute_tool done",
                    "invoke_agent make/attempt 1/turn 1/gate answer",
                    "invoke_agent make/attempt 2",
                    "invoke_agent make/attempt 2/turn 2",
                    "invoke_agent make/attempt 2/turn 2/chat script",
                    "invoke_agent make/attempt 2/turn 2/execute_tool write_file",
                    "invoke_agent make/attempt 2/turn 2/execute_tool done",
                    "invoke_agent make/attempt 2/turn 2/gate answer",
                    "invoke_agent make/attempt 2/turn 2/canary answer",
                    "invoke_agent make/attempt 2/turn 2/prove",
                ],
                ignoreOrder: true
            );
        var gates = trace
            .Where(s => s.OperationName == "gate answer")
            .OrderBy(s => s.StartTimeUtc)
            .Select(s => s.GetTagItem("loopcluster.gate.outcome"));
        gates.ShouldBe(["failed", "failed", "passed"]);
        trace.Single(s => s.OperationName == "attempt 1").GetTagItem("loopcluster.attempt.outcome").ShouldBe("failed");
        trace.Single(s => s.OperationName == "attempt 2").GetTagItem("loopcluster.attempt.outcome").ShouldBe("verified");
        var root = trace.Single(s => s.OperationName == "invoke_agent make");
        root.GetTagItem("loopcluster.status").ShouldBe("verified");
        root.GetTagItem("loopcluster.turns").ShouldBe(2);
    }

    [Fact]
    public async Task Trace_StartedWithinARequest_IsARootOfItsOwn()
    {
        using var spans = new SpanList();
        using var request = new Activity("request").Start();

        var loop = await RunAsync(Spec($"[ {Write("42")} ]"));

        Activity.Current.ShouldBe(request);
        var trace = await spans.OfAsync(loop.Id, Patient);
        trace.ShouldAllBe(s => s.TraceId != request.TraceId);
        trace.Single(s => s.ParentSpanId == default).OperationName.ShouldBe("invoke_agent make");
    }

    private static IEnumerable<string> PathsOf(IReadOnlyList<Activity> trace)
    {
        var names = trace.ToDictionary(s => s.SpanId);
        return trace.Select(Path);

        string Path(Activity span) =>
            names.TryGetValue(span.ParentSpanId, out var parent) ? $"{Path(parent)}/{span.OperationName}" : span.OperationName;
    }

    /// <summary>Every span of the runtime that ends in this process: other tests' loops are among them.</summary>
    private sealed class SpanList : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly ActivityListener _listener;

        public SpanList()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == DriverInstruments.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _ended.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        /// <summary>The loop's one drive. Its span ends after the last entry is durable, so it is waited for.</summary>
        public async Task<IReadOnlyList<Activity>> OfAsync(LoopId loop, CancellationToken cancellationToken)
        {
            while (true)
            {
                if (
                    _ended.FirstOrDefault(s => s.ParentSpanId == default && (string?)s.GetTagItem("loopcluster.loop") == loop.Value) is
                    { } root
                )
                {
                    return [.. _ended.Where(s => s.TraceId == root.TraceId)];
                }

                await Task.Delay(10, cancellationToken);
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
