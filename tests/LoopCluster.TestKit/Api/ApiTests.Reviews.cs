using System.Net;
using System.Text.Json;
using LoopCluster.Client;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.TestKit.Api;

/// <summary>What people say of verified loops, and what gates are worth.</summary>
public abstract partial class ApiTests
{
    private static string Sampled(string share = "1") => Spec(Solve).Replace("\"gates\"", $"\"review\":{{\"sample\":{share}}},\"gates\"");

    [SkippableFact]
    public async Task Reviews_SampledLoop_IsInTheQueueUntilSomebodyReviewsIt()
    {
        var loop = await RunAsync(Sampled());
        var unsampled = await RunAsync(Sampled("0"));
        (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("sampled").GetBoolean().ShouldBeTrue();

        var open = (await Api.GetAsync("/v1/reviews")).ShouldBe(HttpStatusCode.OK).Json.GetProperty("reviews");
        open.GetArrayLength().ShouldBe(1);
        open[0].GetProperty("id").GetString().ShouldBe(loop);
        open[0].GetProperty("gates")[0].GetString().ShouldBe("answer");
        open[0].GetProperty("review").ValueKind.ShouldBe(JsonValueKind.Null);

        var said = (await Api.PostAsync($"/v1/reviews/{loop}", """{"verdict":"accepted"}""")).ShouldBe(HttpStatusCode.OK);
        said.Json.GetProperty("review").GetProperty("verdict").GetString().ShouldBe("accepted");
        (await ReviewsAsync("")).ShouldBeEmpty();
        (await ReviewsAsync("?state=done")).ShouldBe([loop]);

        // What somebody finds unasked counts as well.
        (await Api.PostAsync($"/v1/reviews/{unsampled}", """{"verdict":"rejected","reason":"it is a guess"}""")).ShouldBe(
            HttpStatusCode.OK
        );
        (await ReviewsAsync("?state=all")).ShouldBe([unsampled, loop]);
        (await Api.GetAsync($"/v1/loops/{unsampled}")).Json.GetProperty("status").GetString().ShouldBe("verified");
    }

    [SkippableFact]
    public async Task Reviews_Rejection_IsAFalsePassOfItsGatesAlsoAfterARestart()
    {
        var loop = await RunAsync(Sampled());
        await RunAsync(Sampled());
        (await Api.PostAsync($"/v1/reviews/{loop}", """{"verdict":"rejected","reason":"it is a guess"}""")).ShouldBe(HttpStatusCode.OK);

        await ReopenAsync();

        var gate = (await Api.GetAsync("/v1/gates")).ShouldBe(HttpStatusCode.OK).Json.GetProperty("gates")[0];
        (Number("loops"), Number("verified"), Number("runs"), Number("passed"), Number("failed")).ShouldBe((2, 2, 2, 2, 0));
        (Number("reviewed"), Number("falsePasses")).ShouldBe((1, 1));
        gate.GetProperty("warning").GetString().ShouldNotBeNull().ShouldStartWith("people found 1 false pass");
        gate.GetProperty("strength").GetProperty("canaryNone").GetInt32().ShouldBe(2);
        var review = (await Api.GetAsync("/v1/reviews?state=done")).Json.GetProperty("reviews")[0].GetProperty("review");
        review.GetProperty("reason").GetString().ShouldBe("it is a guess");
        review.GetProperty("by").GetString().ShouldNotBeNull().ShouldStartWith($"{Tenant}/");

        int Number(string name) => gate.GetProperty(name).GetInt32();
    }

    [SkippableFact]
    public async Task Reviews_ByANodeAndItsNeighbour_AreTheSame()
    {
        var loop = await RunAsync(Sampled());
        var neighbour = await ClientAsync(Tenant, Running.OtherUrl);
        (await neighbour.GetAsync("/v1/reviews")).Json.GetProperty("reviews").GetArrayLength().ShouldBe(1);

        (await Api.PostAsync($"/v1/reviews/{loop}", """{"verdict":"accepted","reason":"seen"}""")).ShouldBe(HttpStatusCode.OK);

        (await neighbour.GetAsync("/v1/reviews")).Json.GetProperty("reviews").GetArrayLength().ShouldBe(0);
        (await neighbour.GetAsync("/v1/gates")).Json.GetProperty("gates")[0].GetProperty("reviewed").GetInt32().ShouldBe(1);
    }

    [SkippableFact]
    public async Task Reviews_OfAnotherTenant_AreNobodysBusiness()
    {
        var loop = await RunAsync(Sampled());

        (await Other.GetAsync("/v1/reviews")).Json.GetProperty("reviews").GetArrayLength().ShouldBe(0);
        (await Other.GetAsync("/v1/gates")).Json.GetProperty("gates").GetArrayLength().ShouldBe(0);
        (await Other.PostAsync($"/v1/reviews/{loop}", """{"verdict":"accepted"}""")).ShouldBe(HttpStatusCode.NotFound);
    }

    [SkippableFact]
    public async Task Reviews_WhatCannotBeReviewed_IsRefused()
    {
        var loop = await RunAsync(Sampled());
        var held = await StartHeldAsync();

        Code(await Api.PostAsync($"/v1/reviews/{held}", """{"verdict":"accepted"}"""), HttpStatusCode.Conflict).ShouldBe("not-verified");
        Code(await Api.PostAsync($"/v1/reviews/{loop}", """{"verdict":"rejected"}"""), HttpStatusCode.BadRequest)
            .ShouldBe("request-invalid");
        Code(await Api.PostAsync($"/v1/reviews/{loop}", """{"verdict":"perhaps"}"""), HttpStatusCode.BadRequest)
            .ShouldBe("request-invalid");
        Code(await Api.GetAsync("/v1/reviews?state=later"), HttpStatusCode.BadRequest).ShouldBe("query-invalid");
        Shell.Release();

        static string? Code(ApiReply reply, HttpStatusCode status) => reply.ShouldBe(status).Json.GetProperty("code").GetString();
    }

    private async Task<IEnumerable<string>> ReviewsAsync(string query) =>
        (await Api.GetAsync($"/v1/reviews{query}"))
            .Json.GetProperty("reviews")
            .EnumerateArray()
            .Select(r => r.GetProperty("id").GetString()!);
}
