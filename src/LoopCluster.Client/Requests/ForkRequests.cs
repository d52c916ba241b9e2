using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Client.Requests;

/// <summary>Body of <c>POST /v1/loops/{id}/fork</c>.</summary>
/// <param name="At">The parent's entry after which the fork goes on.</param>
/// <param name="Budget">The fork's own, as a spec writes it; without it as much as the parent was given.</param>
public sealed record ForkRequest(
    [property: Range(1, long.MaxValue)] long At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Budget = null
);

/// <summary>Body of <c>POST /v1/owner/loops/{id}/fork</c>.</summary>
/// <param name="Budget">As the ledger writes it.</param>
/// <param name="Run">False: the fork is created and not driven.</param>
public sealed record OwnerForkRequest(
    [property: Range(1, long.MaxValue)] long At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BudgetLimits? Budget = null,
    bool Run = true
);
