using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>What a signal becomes: an event, a refusal, or nothing because it was taken before.</summary>
internal readonly record struct SignalVerdict(LoopEvent? Event, LoopClusterException? Refusal);

internal static class SignalRules
{
    public static SignalVerdict Judge(LoopState state, LoopSignal signal)
    {
        if (state.Signals.Contains(signal.Id))
        {
            return default;
        }

        if (state.IsTerminal)
        {
            return new SignalVerdict(null, Ended(state));
        }

        return signal switch
        {
            CancelSignal cancel => new SignalVerdict(state.Cancel is null ? new CancelRequested(cancel.Id, cancel.By, cancel.Reason) : null, null),
            PauseSignal pause => new SignalVerdict(state.Pause is null && state.Cancel is null ? new PauseRequested(pause.Id, pause.By, pause.Reason) : null, null),
            ResumeSignal resume => new SignalVerdict(state.Pause is null ? null : new ResumeRequested(resume.Id, resume.By), null),
            MessageSignal message => new SignalVerdict(new MessageReceived(message.Id, message.By, message.Text), null),
            ApprovalSignal approval when state.Approval?.Seq == approval.Asked =>
                new SignalVerdict(new ApprovalGiven(approval.Id, approval.Asked, approval.By, approval.Granted, approval.Reason), null),
            _ => new SignalVerdict(null, new BadInputException("approval-not-open", "seq", state.Approval is { } open
                ? $"loop {state.Id} waits for an answer to entry {open.Seq}, not to this one"
                : $"loop {state.Id} waits for no approval")),
        };
    }

    public static BadInputException Ended(LoopState state) =>
        new("loop-ended", "", $"loop {state.Id} has ended ({JsonSerializer.SerializeToElement(state.Status).GetString()}); nothing follows a terminal event. Use 'loop fork {state.Id} --at {state.Seq}' to go on from it.");
}
