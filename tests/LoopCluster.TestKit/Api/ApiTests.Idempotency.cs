using System.Net;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    [SkippableFact]
    public async Task Post_SameKeySameBody_IsTheFirstLoop()
    {
        var first = (await PostWithKeyAsync(Spec(Solve), "k1")).ShouldBe(HttpStatusCode.Created);
        var second = (await PostWithKeyAsync(Spec(Solve), "k1")).ShouldBe(HttpStatusCode.OK);

        second.Id.ShouldBe(first.Id);
        second.Header("Idempotent-Replayed").ShouldBe("true");
        first.Header("Idempotent-Replayed").ShouldBeNull();
        second.Header("Location").ShouldBe(first.Header("Location"));
        (await CountAsync()).ShouldBe(1);
    }

    [SkippableFact]
    public async Task Post_SameKeyOtherBody_IsRefused()
    {
        await PostWithKeyAsync(Spec(Solve), "k1");

        (await PostWithKeyAsync(Spec(Solve, goal: "another"), "k1")).ShouldBeProblem(
            HttpStatusCode.UnprocessableEntity,
            "idempotency-key-reused"
        );
        (await PostWithKeyAsync("not a spec at all", "k1")).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        (await CountAsync()).ShouldBe(1);
    }

    [SkippableFact]
    public async Task Fork_SameKey_IsTheFirstForkUnlessItAsksForAnother()
    {
        using var elsewhere = await ClientAsync(Tenant, Running.OtherUrl);
        var parent = await RunAsync(Spec(Solve));
        Task<ApiReply> ForkAsync(ApiClient api, string body) => api.PostAsync($"/v1/loops/{parent}/fork", body, ("Idempotency-Key", "k1"));

        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ForkAsync(i % 2 == 0 ? Api : elsewhere, """{"at":3}""")));

        replies.Select(r => r.Id).Distinct().ShouldHaveSingleItem().ShouldNotBe(parent);
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        replies.Count(r => r.Status == HttpStatusCode.OK && r.Header("Idempotent-Replayed") == "true").ShouldBe(5);
        (await ForkAsync(Api, """{"at":2}""")).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
        (await CountAsync()).ShouldBe(2);
    }

    [SkippableFact]
    public async Task Post_SameKeyOfAnotherTenant_IsAnotherLoop()
    {
        var mine = await PostWithKeyAsync(Spec(Solve), "k1");
        var theirs = (await PostWithKeyAsync(Spec(Solve), "k1", Other)).ShouldBe(HttpStatusCode.Created);

        theirs.Id.ShouldNotBe(mine.Id);
    }

    [SkippableFact]
    public async Task Post_SameKeyAfterARestart_IsTheFirstLoop()
    {
        var first = await PostWithKeyAsync(Spec(HoldThenSolve), "k1");
        await Shell.Held.WaitAsync(Patient);
        await ReopenAsync();

        var second = (await PostWithKeyAsync(Spec(HoldThenSolve), "k1")).ShouldBe(HttpStatusCode.OK);

        second.Id.ShouldBe(first.Id);
        (await PostWithKeyAsync(Spec(Solve), "k1")).ShouldBeProblem(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused");
    }

    [SkippableFact]
    public async Task Post_SameKeyAtOnce_MakesOneLoopThatRuns()
    {
        using var elsewhere = await ClientAsync(Tenant, Running.OtherUrl);
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(i => PostWithKeyAsync(Spec(Solve), "k1", i % 2 == 0 ? Api : elsewhere))
        );

        replies.Select(r => r.Id).Distinct().Count().ShouldBe(1);
        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        replies.Count(r => r.Status == HttpStatusCode.OK).ShouldBe(11);
        (await CountAsync()).ShouldBe(1);
        // The losers have not taken the winner's files away.
        using var events = await Api.OpenEventsAsync(replies[0].Id);
        (await events.ToEndAsync(Patient))[^1].Type.ShouldBe("loop-verified");
    }

    [SkippableFact]
    public async Task Post_OneKeyManyBodiesAtOnce_OneWinsAndTheOthersAreTold()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PostWithKeyAsync(Spec(Solve, goal: $"goal {i}"), "k1")));

        replies.Count(r => r.Status == HttpStatusCode.Created).ShouldBe(1);
        replies.Count(r => r.Status == HttpStatusCode.UnprocessableEntity && r.Code == "idempotency-key-reused").ShouldBe(7);
        (await CountAsync()).ShouldBe(1);
    }

    [SkippableFact]
    public async Task Post_KeyOfARefusedSpec_IsNotUsedUp()
    {
        (await PostWithKeyAsync("""{"goal":"x"}""", "k1")).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid");

        (await PostWithKeyAsync(Spec(Solve), "k1")).ShouldBe(HttpStatusCode.Created);
    }

    [SkippableTheory]
    [InlineData("with space")]
    [InlineData("LONG")]
    public async Task Post_KeyThatWontDo_IsRefused(string key)
    {
        (await PostWithKeyAsync(Spec(Solve), key == "LONG" ? new string('k', 256) : key)).ShouldBeProblem(
            HttpStatusCode.BadRequest,
            "idempotency-key-invalid"
        );
    }

    private Task<ApiReply> PostWithKeyAsync(string spec, string key, ApiClient? client = null) =>
        (client ?? Api).PostAsync("/v1/loops", spec, ("Idempotency-Key", key));

    private async Task<int> CountAsync() => (await Api.GetAsync("/v1/loops")).Json.GetProperty("loops").GetArrayLength();
}
