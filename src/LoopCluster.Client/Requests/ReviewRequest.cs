using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Client.Requests;

/// <summary>Body of <c>POST /v1/reviews/{id}</c>.</summary>
/// <param name="Reason">Kept in the audit log; a rejection needs one.</param>
public sealed record ReviewRequest(ReviewVerdict Verdict, [property: MaxLength(RequestLimits.Reason)] string? Reason = null);

/// <summary>Which reviews to list.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReviewState>))]
public enum ReviewState
{
    /// <summary>Nobody has said anything yet.</summary>
    [JsonStringEnumMemberName("open")]
    Open,

    [JsonStringEnumMemberName("done")]
    Done,

    [JsonStringEnumMemberName("all")]
    All,
}
