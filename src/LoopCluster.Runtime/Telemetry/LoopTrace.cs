using System.Diagnostics;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;

namespace LoopCluster.Runtime.Telemetry;

/// <summary>
/// The spans of one drive: the loop, in it attempts, in them turns, in these model calls, tool calls and the gates that a turn's claim
/// brings about. What is done before the first attempt hangs under the loop. Names, numbers and outcomes only: nothing a person or a model
/// wrote. Without a listener it is nothing.
/// </summary>
internal sealed class LoopTrace
{
    private readonly Activity? _loop;
    private Activity? _attempt;
    private Activity? _turn;
    private int _attempts;
    private (int Attempt, string Role, int Turn) _turns;

    private LoopTrace(Activity? loop) => _loop = loop;

    /// <summary>Begins the trace of a drive. From here on the flow of calls belongs to no request, with or without a listener.</summary>
    /// <param name="cause">What asked for the drive: the loop goes on long after that has its answer, so it is linked, not the
    /// parent.</param>
    public static LoopTrace Begin(LoopState state, ActivityContext cause)
    {
        Activity.Current = null;
        if (!DriverInstruments.Source.HasListeners())
        {
            return new LoopTrace(null);
        }

        ActivityLink[]? links = cause == default ? null : [new ActivityLink(cause)];
        var loop = DriverInstruments.Source.StartActivity(
            ActivityKind.Internal,
            default,
            GenAiConventions.Loop(state),
            links,
            name: GenAiConventions.LoopName
        );
        loop?.SetTag("loopcluster.loop", state.Id.Value)
            .SetTag("loopcluster.tenant", state.Created.Tenant)
            .SetTag("loopcluster.epoch", state.Epoch + 1);
        return new LoopTrace(loop);
    }

    /// <summary>Begins the span of an effect; null when it has none or nobody listens.</summary>
    public Activity? Begin(LoopEffect effect, LoopState state)
    {
        if (_loop is null || effect is not (CallModel or RunTool or RunGate or PrepareBase or Prove))
        {
            return null;
        }

        Enter(effect, state);
        var span = effect switch
        {
            CallModel call => Start(GenAiConventions.NameOf(call.Model), GenAiConventions.Call(call, state), ActivityKind.Client)
                ?.SetTag("loopcluster.try", call.Request.Try),
            RunTool run => Start(GenAiConventions.NameOf(run.Call), GenAiConventions.Tool(run.Call, state))
                ?.SetTag("loopcluster.tool.class", EnumNames.Of(run.Request.Class)),
            RunGate gate => Start(gate.Start.IsProbe ? $"{EnumNames.Of(gate.Start.Phase)} {gate.Gate.Name}" : $"gate {gate.Gate.Name}", [])
                ?.SetTag("loopcluster.gate", gate.Gate.Name)
                .SetTag("loopcluster.gate.phase", EnumNames.Of(gate.Start.Phase)),
            PrepareBase => Start("prepare", []),
            ChooseSkills => Start("skills", []),
            _ => Start("prove", []),
        };
        return span?.SetTag("loopcluster.loop", state.Id.Value);
    }

    /// <summary>Notes on a span what the effect brought.</summary>
    public static void Note(Activity? span, IReadOnlyList<LoopEvent> results)
    {
        if (span is null)
        {
            return;
        }

        foreach (var result in results)
        {
            switch (result)
            {
                case ModelReplied reply:
                    GenAiConventions.Replied(span, reply);
                    break;
                case ModelFailed failed:
                    Failed(span, EnumNames.Of(failed.Kind));
                    break;
                case ToolCompleted tool:
                    span.SetTag("loopcluster.tool.outcome", EnumNames.Of(tool.Outcome)).SetTag("loopcluster.exit_code", tool.ExitCode);
                    if (tool.Outcome != ToolOutcome.Ok)
                    {
                        Failed(span, EnumNames.Of(tool.Outcome));
                    }

                    break;
                case GateCompleted gate:
                    // A gate that says no has done its work.
                    span.SetTag("loopcluster.gate.outcome", EnumNames.Of(gate.Outcome)).SetTag("loopcluster.exit_code", gate.ExitCode);
                    if (gate.Outcome is GateOutcome.Unavailable or GateOutcome.Aborted)
                    {
                        Failed(span, EnumNames.Of(gate.Outcome));
                    }

                    break;
                case PrepareFailed:
                    Failed(span, "prepare-failed");
                    break;
                case InfrastructureFailed broken:
                    Failed(span, broken.Code);
                    break;
            }
        }
    }

    /// <summary>Ends what is open. Repeating it does nothing.</summary>
    /// <param name="error">What ended the drive, when it should not have.</param>
    public void End(LoopState state, Exception? error)
    {
        if (_loop is null)
        {
            return;
        }

        EndAttempt(state);
        _loop
            .SetTag("loopcluster.status", EnumNames.Of(state.Status))
            .SetTag("loopcluster.attempts", state.Attempt)
            .SetTag("loopcluster.turns", state.Spend.Turns)
            .SetTag("loopcluster.cost", (double)state.Spend.Cost);
        if (error is not null)
        {
            Failed(_loop, error is Engine.Errors.LoopClusterException known ? known.Code : error.GetType().Name);
        }

        _loop.Dispose();
    }

    private void Enter(LoopEffect effect, LoopState state)
    {
        if (state.Attempt != _attempts)
        {
            EndAttempt(state);
            _attempts = state.Attempt;
            _attempt = _attempts == 0 ? null : StartIn(_loop!, $"attempt {_attempts}")?.SetTag("loopcluster.attempt", _attempts);
        }

        if (effect is CallModel { Request: var request } && _turns != (state.Attempt, request.Agent, request.Turn))
        {
            _turn?.Dispose();
            _turns = (state.Attempt, request.Agent, request.Turn);
            var name = request.Agent == AgentNames.Make ? $"turn {request.Turn + 1}" : $"{request.Agent} turn {request.Turn + 1}";
            _turn = StartIn(_attempt ?? _loop!, name)?.SetTag("loopcluster.turn", request.Turn + 1);
        }
    }

    private void EndAttempt(LoopState state)
    {
        _turn?.Dispose();
        _turn = null;
        var failed = state.FailedAttempts.Count >= _attempts;
        _attempt?.SetTag("loopcluster.attempt.outcome", failed ? "failed" : EnumNames.Of(state.Status)).Dispose();
        _attempt = null;
    }

    private Activity? Start(string name, TagList tags, ActivityKind kind = ActivityKind.Internal) =>
        DriverInstruments.Source.StartActivity(name, kind, (_turn ?? _attempt ?? _loop!).Context, tags);

    private static Activity? StartIn(Activity parent, string name) =>
        DriverInstruments.Source.StartActivity(name, ActivityKind.Internal, parent.Context);

    private static void Failed(Activity span, string code) =>
        span.SetTag(GenAiConventions.ErrorType, code).SetStatus(ActivityStatusCode.Error, code);
}
