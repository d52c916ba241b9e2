using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>A maker with tiers: two endpoints of a cheap model, and a dear one.</summary>
internal static class Tiers
{
    public static readonly ModelBinding Cheap = Sample.Model with { Name = "cheap" };
    public static readonly ModelBinding Spare = Sample.Model with { Name = "spare", Url = "http://localhost:2/v1" };

    public static readonly ModelBinding Dear = Sample.Model with
    {
        Name = "dear",
        Model = "dear-1",
        Price = new ModelPrice { In = 10m, Out = 40m },
    };

    public static LoopCreated Created(LoopSpec? spec = null, ModelBinding? cheap = null, ModelBinding? dear = null) =>
        Sample.Created(spec ?? Sample.Spec(), ("make", cheap ?? Cheap), ("make@1.2", Spare), ("make@2.1", dear ?? Dear)) with
        {
            Tiers = new Dictionary<string, IReadOnlyList<ModelTier>>
            {
                ["make"] = [new ModelTier("small", ["make", "make@1.2"]), new ModelTier("large", ["make@2.1"])],
            },
        };

    public static History InAttempt(LoopSpec? spec = null) => History.InAttempt(Created(spec));

    public static (string Model, string Tier, RouteCause Cause) Told(History history)
    {
        var call = history.Then<CallModel>();
        call.Model.Name.ShouldBe(call.Request.Model);
        return (call.Request.Model, call.Request.Tier, call.Request.Cause);
    }

    /// <summary>The gate is due, and so many of its tests fail.</summary>
    public static History Fails(History history, int failing, int tests = 10, string output = "")
    {
        var gate = history.Then<RunGate>();
        var completed = History.Completed(gate.Start, GateOutcome.Failed, output.Length > 0 ? output : $"{Word(failing)} wrong") with
        {
            Tests = tests,
            Failing = failing,
        };
        return history.Given(gate.Intent!).Given(completed).Decide();
    }

    /// <summary>Figures are folded in signatures: words are not.</summary>
    private static string Word(int number) => new('x', number + 1);

    public static History Fails(History history, ModelFailureKind kind, long? retryAfterMs = null, bool assumed = false)
    {
        var request = history.Asked().Request;
        return history.Given(
            new ModelFailed
            {
                Kind = kind,
                Message = $"{request.Model} says no",
                Usage = assumed ? new Usage(request.Reserved.TokensIn, request.Reserved.TokensOut) : new Usage(0, 0),
                Cost = assumed ? request.Reserved.Cost : 0,
                Assumed = assumed,
                RetryAfterMs = retryAfterMs,
            }
        );
    }
}
