using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Routing;

public class RoutingRulesTests
{
    private static readonly ModelBinding Planner = Sample.Model with { Name = "planner", Window = 8192 };

    [Fact]
    public void Next_ModelThatTheSpecNames_IsConfigured() =>
        Told(History.InAttempt()).ShouldBe(("maker", "default", RouteCause.Configured));

    [Fact]
    public void Next_RoleWithAModelOfItsOwn_HasItAndTheMakerHasItsOwn()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec() with { Plan = true }, ("make", Sample.Model), ("plan", Planner)));
        Told(history).ShouldBe(("planner", "default", RouteCause.Configured));
        Told(history.Says("1. look")).ShouldBe(("maker", "default", RouteCause.Configured));
    }

    [Fact]
    public void Next_RoleWithoutAModel_InheritsTheMakers() =>
        Told(History.InAttempt(Sample.Spec() with { Plan = true })).ShouldBe(("maker", "default", RouteCause.Inherited));

    [Fact]
    public void Next_AfterAFailedTry_IsRetriedUntilAReplyComes()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(Failed(ModelFailureKind.ServerError));
        Told(history).Cause.ShouldBe(RouteCause.Retried);
        Told(history.Replied(Sample.Call("shell")).Ran()).Cause.ShouldBe(RouteCause.Configured);
    }

    [Fact]
    public void Next_AfterARefusalThatTaught_IsTaught()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(Failed(ModelFailureKind.Refused) with { Rejected = new RejectedParameter("max_tokens", "max_completion_tokens") });
        Told(history).Cause.ShouldBe(RouteCause.Taught);
        history.Asked();
        history.Given(Failed(ModelFailureKind.Timeout));
        Told(history).Cause.ShouldBe(RouteCause.Retried);
    }

    [Fact]
    public void Next_TakenUpAfterAPark_BeginsAnew()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Given(Failed(ModelFailureKind.Refused)).Decide();
        Told(history.Crashed()).Cause.ShouldBe(RouteCause.Configured);
    }

    private static ModelFailed Failed(ModelFailureKind kind) =>
        new()
        {
            Kind = kind,
            Message = "no",
            Usage = new Usage(0, 0),
            Cost = 0,
        };

    private static (string Model, string Tier, RouteCause Cause) Told(History history)
    {
        var call = history.Then<CallModel>();
        call.Model.Name.ShouldBe(call.Request.Model);
        return (call.Request.Model, call.Request.Tier, call.Request.Cause);
    }
}
