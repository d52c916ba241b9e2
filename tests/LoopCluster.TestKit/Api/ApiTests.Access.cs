using System.Diagnostics;
using System.Net;
using LoopCluster.Runtime.Keys;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    private const string UserHeader = LoopCluster.Client.LoopClient.UserHeader;

    /// <summary>Every route of one loop, with a body that would do.</summary>
    public static TheoryData<string, string, string?> LoopRoutes =>
        new()
        {
            { "GET", "", null },
            { "GET", "/events", null },
            { "GET", "/events?from=2&limit=3", null },
            { "GET", "/diff", null },
            { "GET", "/proof", null },
            { "POST", "/cancel", "{}" },
            { "POST", "/message", """{"text":"x"}""" },
            { "POST", "/approve", """{"seq":3}""" },
            { "POST", "/fork", """{"at":3}""" },
        };

    [SkippableTheory]
    [MemberData(nameof(LoopRoutes))]
    public async Task Route_AnotherTenantsLoop_LooksLikeNone(string method, string path, string? body)
    {
        var theirs = await RunAsync(Spec(Solve), Other);
        var before = (await Other.GetAsync($"/v1/loops/{theirs}")).Json.GetProperty("ledger").GetRawText();

        var foreign = await AskAsync(Api, method, $"/v1/loops/{theirs}{path}", body);
        var none = await AskAsync(Api, method, $"/v1/loops/{new string('0', theirs.Length)}{path}", body);
        var malformed = await AskAsync(Api, method, $"/v1/loops/NO..LOOP{path}", body);

        foreign.ShouldBeProblem(HttpStatusCode.NotFound, "unknown-loop");
        WithoutTrace(foreign).ShouldBe(WithoutTrace(none));
        WithoutTrace(malformed).ShouldBe(WithoutTrace(none));
        foreign.Message.Headers.Select(h => h.Key).ShouldBe(none.Message.Headers.Select(h => h.Key), ignoreOrder: true);
        (await Other.GetAsync($"/v1/loops/{theirs}")).Json.GetProperty("ledger").GetRawText().ShouldBe(before);
    }

    [SkippableTheory]
    [MemberData(nameof(LoopRoutes))]
    public async Task Route_AnotherTenantsDamagedLoop_LooksLikeNoneAndItsOwnerIsTold(string method, string path, string? body)
    {
        var theirs = await RunAsync(Spec(Solve), Other);
        await Running.DamageAsync(theirs, 2);

        var foreign = await AskAsync(Api, method, $"/v1/loops/{theirs}{path}", body);
        var none = await AskAsync(Api, method, $"/v1/loops/{new string('0', theirs.Length)}{path}", body);
        var owned = await AskAsync(Other, method, $"/v1/loops/{theirs}{path}", body);

        foreign.ShouldBeProblem(HttpStatusCode.NotFound, "unknown-loop");
        WithoutTrace(foreign).ShouldBe(WithoutTrace(none));
        owned
            .ShouldBeProblem(HttpStatusCode.InternalServerError, "ledger-corrupt")
            .Json.GetProperty("detail")
            .GetString()!
            .ShouldContain("damaged");
    }

    [SkippableFact]
    public async Task Show_ForkOfADamagedLoop_LooksLikeNoneToOthersAndItsOwnerIsTold()
    {
        var theirs = await RunAsync(Spec(Solve), Other);
        var fork = (await Other.PostAsync($"/v1/loops/{theirs}/fork", """{"at":3}""")).ShouldBe(HttpStatusCode.Created).Id;
        using (var events = await Other.OpenEventsAsync(fork))
        {
            await events.ToEndAsync(Patient);
        }

        await Running.DamageAsync(theirs, 2);

        (await Api.GetAsync($"/v1/loops/{fork}")).ShouldBeProblem(HttpStatusCode.NotFound, "unknown-loop");
        (await Other.GetAsync($"/v1/loops/{fork}")).ShouldBeProblem(HttpStatusCode.InternalServerError, "ledger-corrupt");
    }

    [SkippableFact]
    public async Task Show_LoopDamagedInItsFirstEntry_IsNeverToldToAnotherTenant()
    {
        var theirs = await RunAsync(Spec(Solve), Other);
        await Running.DamageAsync(theirs, 1);
        await ReopenAsync();

        (await Api.GetAsync($"/v1/loops/{theirs}")).ShouldBeProblem(HttpStatusCode.NotFound, "unknown-loop");
    }

    [SkippableFact]
    public async Task EventStream_AnotherTenantsLoop_LooksLikeNone()
    {
        var theirs = await RunAsync(Spec(Solve), Other);

        using var events = await Api.OpenEventsAsync(theirs);

        events.Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [SkippableFact]
    public async Task Show_AnotherTenantsLoop_TakesAsLongAsNone()
    {
        var theirs = await RunAsync(Spec(Solve), Other);
        var none = new string('0', theirs.Length);
        var (foreign, nothing) = (new List<double>(), new List<double>());
        for (var i = 0; i < 9; i++)
        {
            foreign.Add(await TimeAsync(theirs));
            nothing.Add(await TimeAsync(none));
        }

        // Medians: the machine has other work.
        foreign.Sort();
        nothing.Sort();
        foreign[4].ShouldBeGreaterThan(20);
        nothing[4].ShouldBeGreaterThan(20);

        async Task<double> TimeAsync(string loop)
        {
            var began = Stopwatch.GetTimestamp();
            await Api.GetAsync($"/v1/loops/{loop}");
            return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
    }

    /// <summary>What the owner of a data directory may ask over its socket.</summary>
    [SkippableTheory]
    [InlineData("/v1/owner/loops?tenant=other&id=mine")]
    [InlineData("/v1/owner/loops/x/fork?id=mine")]
    [InlineData("/v1/owner/loops/x/resume")]
    public async Task OwnerRoute_OverTheNetwork_IsNotThere(string path) =>
        (await Api.PostAsync(path, "{}", (UserHeader, "root"))).ShouldBeProblem(HttpStatusCode.NotFound, "unknown-route");

    [SkippableFact]
    public async Task UserHeader_OverTheNetwork_GivesNoRightAndNoName()
    {
        using var nobody = new ApiClient(Running.Url, null);
        var theirs = await RunAsync(Spec(Solve), Other);
        var loop = await RunAsync(Spec(Solve));
        var forked = (await Api.PostAsync($"/v1/loops/{loop}/fork", """{"at":3}""", (UserHeader, "root")))
            .ShouldBe(HttpStatusCode.Created)
            .Id;

        (await nobody.GetAsync("/v1/loops", (UserHeader, "root"))).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthorized");
        (await Api.GetAsync($"/v1/loops/{theirs}", (UserHeader, "root"))).ShouldBeProblem(HttpStatusCode.NotFound, "unknown-loop");
        await Api.PostAsync($"/v1/loops/{forked}/cancel", """{"reason":"enough"}""", (UserHeader, "root"));

        var told = (await Api.GetAsync($"/v1/loops/{forked}/events?limit=1000")).Text;
        told.ShouldNotContain("\"by\":\"root\"");
    }

    [SkippableFact]
    public async Task List_OtherTenantsLoops_AreNotThere()
    {
        var mine = await StartAsync(Spec(Solve));
        await StartAsync(Spec(Solve), Other);

        var loops = (await Api.GetAsync("/v1/loops")).Json.GetProperty("loops");

        loops.EnumerateArray().Select(l => l.GetProperty("id").GetString()).ShouldBe([mine]);
    }

    [SkippableTheory]
    [MemberData(nameof(LoopRoutes))]
    public async Task Route_WithoutAKey_IsUnauthorizedBeforeAnythingElse(string method, string path, string? body)
    {
        var reply = await AskAsync(Client(null), method, $"/v1/loops/some-loop{path}", body);

        reply
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthorized")
            .Header("WWW-Authenticate")
            .ShouldBe("Bearer realm=\"loopcluster\"");
    }

    [SkippableTheory]
    [InlineData("GET", "/v1/loops")]
    [InlineData("POST", "/v1/loops")]
    [InlineData("GET", "/v1/models")]
    public async Task Collection_WithoutAKey_IsUnauthorized(string method, string path) =>
        (await AskAsync(Client(null), method, path, method == "POST" ? Spec(Solve) : null)).ShouldBeProblem(
            HttpStatusCode.Unauthorized,
            "unauthorized"
        );

    [SkippableFact]
    public async Task Key_WrongMalformedOrRevoked_AllSoundTheSame()
    {
        var (key, kept) = ApiKeys.New(Tenant, TimeProvider.System);
        await Running.Keys.AddAsync(kept, Patient);
        (await Client(key).GetAsync("/v1/loops")).ShouldBe(HttpStatusCode.OK);
        (await Running.Keys.RevokeAsync(kept.Prefix, Patient)).ShouldBeTrue();
        var (wrong, _) = ApiKeys.New(Tenant, TimeProvider.System);

        await UntilAsync(async () => (await Client(key).GetAsync("/v1/loops")).Status == HttpStatusCode.Unauthorized);
        var revoked = await Client(key).GetAsync("/v1/loops");
        var unknown = await Client(wrong).GetAsync("/v1/loops");
        var tail = await Client(key[..^1]).GetAsync("/v1/loops");
        var huge = await Client(new string('a', 8000)).GetAsync("/v1/loops");

        revoked.ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthorized");
        WithoutTrace(unknown).ShouldBe(WithoutTrace(revoked));
        WithoutTrace(tail).ShouldBe(WithoutTrace(revoked));
        WithoutTrace(huge).ShouldBe(WithoutTrace(revoked));
    }

    [SkippableFact]
    public async Task Key_OfTheOnesKept_IsNowhere()
    {
        var (key, kept) = ApiKeys.New(Tenant, TimeProvider.System);
        await Running.Keys.AddAsync(kept, Patient);

        kept.ToString().ShouldNotContain(key[^20..]);
        (await Running.Keys.ListAsync(Patient)).ShouldContain(kept);
    }

    private static Task<ApiReply> AskAsync(ApiClient client, string method, string path, string? body) =>
        method == "GET" ? client.GetAsync(path) : client.PostAsync(path, body);

    private static string WithoutTrace(ApiReply reply) => reply.Text[..reply.Text.IndexOf("\"traceId\"", StringComparison.Ordinal)];
}
