using System.ComponentModel.DataAnnotations;

namespace LoopCluster.Client.Requests;

/// <summary>Body of <c>POST /v1/loops/{id}/cancel</c>.</summary>
/// <param name="Reason">Why, for the ledger.</param>
public sealed record CancelRequest([property: MaxLength(RequestLimits.Reason)] string? Reason = null);

/// <summary>Body of <c>POST /v1/loops/{id}/pause</c>.</summary>
/// <param name="Reason">Why, for the ledger.</param>
public sealed record PauseRequest([property: MaxLength(RequestLimits.Reason)] string? Reason = null);

/// <summary>Body of <c>POST /v1/loops/{id}/resume</c>, which may also be left out.</summary>
public sealed record ResumeRequest;

/// <summary>Body of <c>POST /v1/loops/{id}/message</c>.</summary>
/// <param name="Text">Reaches the model with the next request.</param>
public sealed record MessageRequest([property: MaxLength(RequestLimits.Text)] string Text);

/// <summary>Body of <c>POST /v1/loops/{id}/approve</c>.</summary>
/// <param name="Seq">The entry that asked.</param>
/// <param name="Granted">False refuses.</param>
/// <param name="Reason">The model is told.</param>
public sealed record ApproveRequest(
    [property: Range(1, long.MaxValue)] long Seq,
    bool Granted = true,
    [property: MaxLength(RequestLimits.Reason)] string? Reason = null
);
