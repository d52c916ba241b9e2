using System.Net;
using System.Text.Json;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    [SkippableFact]
    public async Task List_PagedWhileLoopsStartAndEnd_HasEveryOldLoopOnce()
    {
        var old = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            old.Add(await StartAsync(Spec(i % 2 == 0 ? Solve : HoldThenSolve)));
        }

        var seen = new List<string>();
        for (var path = "/v1/loops?limit=2"; path is not null; )
        {
            var page = (await Api.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
            seen.AddRange(Ids(page.Json));
            await StartAsync(Spec(Solve));
            await Api.PostAsync($"/v1/loops/{old[seen.Count % old.Count]}/cancel");
            path = page.Json.GetProperty("next").GetString() is { } next ? $"/v1/loops?limit=2&cursor={next}" : null;
            (page.Header("Link") is null).ShouldBe(path is null);
        }

        seen.ShouldBeUnique();
        old.Except(seen).ShouldBeEmpty();
        // Newest first: what came later than the first page stands before it.
        seen.ShouldBe(old.AsEnumerable().Reverse());
        Shell.Release();
    }

    [SkippableFact]
    public async Task List_ByStatus_HasOnlyThose()
    {
        var ended = await RunAsync(Spec(Solve));
        var running = await StartHeldAsync();

        Ids((await Api.GetAsync("/v1/loops?status=verified")).Json).ShouldBe([ended]);
        Ids((await Api.GetAsync("/v1/loops?status=running")).Json).ShouldBe([running]);
        Ids((await Api.GetAsync("/v1/loops?status=stuck")).Json).ShouldBeEmpty();
        Shell.Release();
    }

    [SkippableFact]
    public async Task List_Item_HasWhatTheCommandLineShows()
    {
        var loop = await RunAsync(Spec(Solve));

        var item = (await Api.GetAsync("/v1/loops?limit=1")).Json.GetProperty("loops")[0];

        item.GetProperty("id").GetString().ShouldBe(loop);
        item.GetProperty("status").GetString().ShouldBe("verified");
        item.GetProperty("stage").GetString().ShouldBe("verify");
        item.GetProperty("attempt").GetInt32().ShouldBe(1);
        item.GetProperty("turns").GetInt32().ShouldBe(1);
        item.GetProperty("cost").GetDecimal().ShouldBe(0);
        item.GetProperty("updated").GetDateTimeOffset().ShouldBeGreaterThan(item.GetProperty("created").GetDateTimeOffset());
    }

    private static IEnumerable<string> Ids(JsonElement page) =>
        page.GetProperty("loops").EnumerateArray().Select(l => l.GetProperty("id").GetString()!);
}
