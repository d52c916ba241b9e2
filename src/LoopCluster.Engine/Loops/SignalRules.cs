using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Loops;

/// <summary>What a signal becomes: an event, a refusal, or nothing because it was taken before.</summary>
public readonly record struct SignalVerdict(LoopEvent? Event, LoopClusterException? Refusal);

public static class SignalRules
{
    private const int MostText = 64 * 1024;
    private const int MostName = 1024;

    public static SignalVerdict Judge(LoopState state, LoopSignal signal)
    {
        if (state.Signals.Contains(signal.Id))
        {
            return new SignalVerdict(null, Reused(state, signal));
        }

        if (state.IsTerminal)
        {
            return new SignalVerdict(null, Ended(state));
        }

        if (TooLong(signal) is { } fault)
        {
            return new SignalVerdict(null, fault);
        }

        signal = Safe(signal);
        return signal switch
        {
            CancelSignal cancel => new SignalVerdict(
                state.Cancel is null ? new CancelRequested(cancel.Id, cancel.By, cancel.Reason) : null,
                null
            ),
            PauseSignal pause => new SignalVerdict(
                state.Pause is null && state.Cancel is null ? new PauseRequested(pause.Id, pause.By, pause.Reason) : null,
                null
            ),
            ResumeSignal resume => new SignalVerdict(state.Pause is null ? null : new ResumeRequested(resume.Id, resume.By), null),
            AdmitSignal admit => new SignalVerdict(
                state.Queued is null || !AdmissionRules.HasPlace(admit.Running, admit.Limit)
                    ? null
                    : new LoopAdmitted(admit.Id, admit.Running, admit.Limit),
                null
            ),
            MessageSignal message => new SignalVerdict(new MessageReceived(message.Id, message.By, message.Text), null),
            ApprovalSignal approval when state.Approval?.Seq == approval.Asked => new SignalVerdict(
                new ApprovalGiven(approval.Id, approval.Asked, approval.By, approval.Granted, approval.Reason),
                null
            ),
            _ => new SignalVerdict(
                null,
                new BadInputException(
                    "approval-not-open",
                    "seq",
                    state.Approval is { } open
                        ? $"loop {state.Id} waits for an answer to entry {open.Seq}, not to this one"
                        : $"loop {state.Id} waits for no approval"
                )
            ),
        };
    }

    /// <summary>The same id again is the same signal, unless it says something else.</summary>
    private static BadInputException? Reused(LoopState state, LoopSignal signal) =>
        signal is MessageSignal message
        && state.Messages.Find(m => m.Id == message.Id) is { } earlier
        && earlier.Text != SafeText.Of(message.Text)
            ? new BadInputException(
                "idempotency-key-reused",
                "Idempotency-Key",
                "an earlier message with this key had another text; give every new message a key of its own"
            )
            : null;

    /// <summary>What a person says is kept in one entry, whatever way it came.</summary>
    private static BadInputException? TooLong(LoopSignal signal) =>
        TextOf(signal).Length > MostText
            ? new BadInputException(
                "text-too-long",
                "text",
                $"has {TextOf(signal).Length} characters; at most {MostText} are taken. Put longer things into a file of the workspace."
            )
        : signal.Id.Length > MostName || signal.By.Length > MostName
            ? new BadInputException("text-too-long", "id", $"names and ids of signals have at most {MostName} characters")
        : null;

    private static string TextOf(LoopSignal signal) =>
        signal switch
        {
            MessageSignal message => message.Text,
            CancelSignal cancel => cancel.Reason,
            PauseSignal pause => pause.Reason,
            ApprovalSignal approval => approval.Reason ?? "",
            _ => "",
        };

    /// <summary>Halves of surrogate pairs come from terminals and callers as they do from models.</summary>
    private static LoopSignal Safe(LoopSignal signal) =>
        signal switch
        {
            MessageSignal message => message with { By = SafeText.Of(message.By), Text = SafeText.Of(message.Text) },
            CancelSignal cancel => cancel with { By = SafeText.Of(cancel.By), Reason = SafeText.Of(cancel.Reason) },
            PauseSignal pause => pause with { By = SafeText.Of(pause.By), Reason = SafeText.Of(pause.Reason) },
            ResumeSignal resume => resume with { By = SafeText.Of(resume.By) },
            ApprovalSignal approval => approval with
            {
                By = SafeText.Of(approval.By),
                Reason = approval.Reason is { } reason ? SafeText.Of(reason) : null,
            },
            _ => signal,
        };

    public static BadInputException Ended(LoopState state) =>
        new(
            "loop-ended",
            "",
            $"loop {state.Id} has ended ({JsonSerializer.SerializeToElement(state.Status).GetString()}); nothing follows a terminal event. Use 'loop fork {state.Id} --at {state.Seq}' to go on from it."
        );
}
