using System.Net;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    [SkippableFact]
    public async Task Ready_AllWell_NamesEveryCheck()
    {
        var reply = (await Client(null).GetAsync("/readyz")).ShouldBe(HttpStatusCode.OK).Json;

        reply.GetProperty("status").GetString().ShouldBe("ready");
        var names = reply.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()!).ToList();
        names.ShouldContain("ledger");
        names.ShouldContain("keys");
        names.ShouldContain("draining");
        reply.GetProperty("checks").EnumerateArray().ShouldAllBe(c => c.GetProperty("ok").GetBoolean());
    }

    [SkippableFact]
    public async Task Ready_Draining_SaysSoAndTakesNoLoopsAndStillAnswers()
    {
        var loop = await RunAsync(Spec(Solve));

        Running.BeginDrain();

        var reply = (await Client(null).GetAsync("/readyz")).ShouldBe(HttpStatusCode.ServiceUnavailable).Json;
        reply
            .GetProperty("checks")
            .EnumerateArray()
            .Single(c => !c.GetProperty("ok").GetBoolean())
            .GetProperty("name")
            .GetString()
            .ShouldBe("draining");
        (await Client(null).GetAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
        (await Api.GetAsync($"/v1/loops/{loop}")).ShouldBe(HttpStatusCode.OK);
        (await Api.PostAsync("/v1/loops", Spec(Solve)))
            .ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "draining")
            .Header("Retry-After")
            .ShouldNotBeNull();
        (await Api.PostAsync($"/v1/loops/{loop}/fork", """{"at":3}""")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "draining");
    }
}
