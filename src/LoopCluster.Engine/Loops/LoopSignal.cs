namespace LoopCluster.Engine.Loops;

/// <summary>Something handed to a running or parked loop.</summary>
public abstract record LoopSignal(string Id, string By);

public sealed record CancelSignal(string Id, string By, string Reason) : LoopSignal(Id, By);

/// <summary>What runs comes to its end, nothing more is begun and no container is held until a <see cref="ResumeSignal"/>.</summary>
public sealed record PauseSignal(string Id, string By, string Reason) : LoopSignal(Id, By);

/// <summary>Ends a pause; a loop that is parked or not driven is taken up by it. Nothing for one that runs.</summary>
public sealed record ResumeSignal(string Id, string By) : LoopSignal(Id, By);

/// <summary>The loop's turn has come. Nothing for one that is not queued.</summary>
public sealed record AdmitSignal(int Running, int Limit) : LoopSignal(AdmissionRules.SignalId, "admission");

public sealed record MessageSignal(string Id, string By, string Text) : LoopSignal(Id, By);

public sealed record ApprovalSignal(string Id, string By, long Asked, bool Granted, string? Reason) : LoopSignal(Id, By);
