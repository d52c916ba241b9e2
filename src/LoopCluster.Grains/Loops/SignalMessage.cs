using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Loops;

/// <summary>A signal on its way to a grain. Members are only ever added.</summary>
[GenerateSerializer]
[Immutable]
[Alias("loopcluster.signal")]
public sealed record SignalMessage
{
    /// <summary><c>cancel</c>, <c>pause</c>, <c>resume</c>, <c>message</c>, <c>approval</c> or <c>admit</c>.</summary>
    [Id(0)]
    public required string Kind { get; init; }

    [Id(1)]
    public required string SignalId { get; init; }

    [Id(2)]
    public required string By { get; init; }

    /// <summary>A cancel's or approval's reason, a message's text.</summary>
    [Id(3)]
    public string? Text { get; init; }

    [Id(4)]
    public long Asked { get; init; }

    [Id(5)]
    public bool Granted { get; init; }

    /// <summary>Of an admission: loops that had a place, and how many may have one.</summary>
    [Id(6)]
    public int Running { get; init; }

    [Id(7)]
    public int Limit { get; init; }

    public static SignalMessage Of(LoopSignal signal)
    {
        var message = new SignalMessage
        {
            Kind = "",
            SignalId = signal.Id,
            By = signal.By,
        };
        return signal switch
        {
            CancelSignal cancel => message with { Kind = "cancel", Text = cancel.Reason },
            PauseSignal pause => message with { Kind = "pause", Text = pause.Reason },
            ResumeSignal => message with { Kind = "resume" },
            AdmitSignal admit => message with { Kind = "admit", Running = admit.Running, Limit = admit.Limit },
            MessageSignal text => message with { Kind = "message", Text = text.Text },
            ApprovalSignal approval => message with
            {
                Kind = "approval",
                Text = approval.Reason,
                Asked = approval.Asked,
                Granted = approval.Granted,
            },
            _ => throw new ArgumentException($"{signal.GetType().Name} has no form on the wire", nameof(signal)),
        };
    }

    public LoopSignal ToSignal() =>
        Kind switch
        {
            "cancel" => new CancelSignal(SignalId, By, Text ?? ""),
            "pause" => new PauseSignal(SignalId, By, Text ?? ""),
            "resume" => new ResumeSignal(SignalId, By),
            "admit" => new AdmitSignal(Running, Limit),
            "message" => new MessageSignal(SignalId, By, Text ?? ""),
            "approval" => new ApprovalSignal(SignalId, By, Asked, Granted, Text),
            _ => throw new InvalidOperationException($"a signal of kind '{Kind}' comes from a newer silo"),
        };
}
