using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    [SkippableFact]
    public async Task EventStream_FromTheStart_IsTheLedgerByteForByte()
    {
        var loop = await RunAsync(Spec(Solve));
        using var events = await Api.OpenEventsAsync(loop);
        var seen = await events.ToEndAsync(Patient);
        var lines = (await Api.GetAsync($"/v1/loops/{loop}/events?limit=1000", ("Accept", "application/x-ndjson"))).ShouldBe(
            HttpStatusCode.OK
        );

        events.ContentType.ShouldBe("text/event-stream");
        seen.Select(e => e.Id).ShouldBe(Enumerable.Range(1, seen.Count).Select(i => (long)i));
        lines.Text.ShouldBe(string.Concat(seen.Select(e => e.Data + "\n")));
        seen.ShouldAllBe(e => JsonElement.Parse(e.Data, default).GetProperty("type").GetString() == e.Type);
        seen.ShouldAllBe(e => JsonElement.Parse(e.Data, default).GetProperty("seq").GetInt64() == e.Id);
    }

    [SkippableFact]
    public async Task EventStream_CutAnywhere_ResumesWithoutLossOrDuplicate()
    {
        var random = new Random(20261120);
        var say = string.Join(",", Enumerable.Range(0, 40).Select(i => Run($"say {i}")));
        var loop = await StartAsync(Spec($"{say},{Solve}"));
        var seen = new List<ServerEvent>();
        var cuts = 0;
        while (seen.Count == 0 || seen[^1].Type != "loop-verified")
        {
            using var events = await Api.OpenEventsAsync(loop, seen.Count == 0 ? 0 : seen[^1].Id);
            for (var left = random.Next(1, 7); left > 0 && await events.NextAsync(Patient) is { } next; left--)
            {
                seen.Add(next);
            }

            cuts++;
        }

        cuts.ShouldBeGreaterThan(10);
        seen.Select(e => e.Id).ShouldBe(Enumerable.Range(1, seen.Count).Select(i => (long)i));
        var lines = await Api.GetAsync($"/v1/loops/{loop}/events?limit=1000", ("Accept", "application/x-ndjson"));
        lines.Text.ShouldBe(string.Concat(seen.Select(e => e.Data + "\n")));
    }

    [SkippableFact]
    public async Task EventStream_ResumedAfterTheEnd_SaysThatNothingFollows()
    {
        var loop = await RunAsync(Spec(Solve));
        var last = (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("ledger").GetProperty("events").GetInt64();

        using var events = await Api.OpenEventsAsync(loop, last);

        events.Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [SkippableTheory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("999999")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999")]
    public async Task EventStream_LastEventIdOfNoEvent_IsRefused(string last)
    {
        var loop = await RunAsync(Spec(Solve));

        var reply = await Api.GetAsync($"/v1/loops/{loop}/events", ("Accept", "text/event-stream"), ("Last-Event-ID", last));

        reply.Status.ShouldBe(HttpStatusCode.BadRequest);
        reply.Code.ShouldBeOneOf("query-invalid", "unknown-entry");
    }

    [SkippableFact]
    public async Task EventStream_SilentLoop_BeatsAndThenGoesOn()
    {
        await ReopenAsync(("Heartbeat", "00:00:00.050"));
        var loop = await StartHeldAsync();
        using var events = await Api.OpenEventsAsync(loop);
        ServerEvent? next;
        do
        {
            next = await events.NextAsync(Patient);
        } while (next!.Type != "tool-requested" && !next.Data.Contains("tool-requested", StringComparison.Ordinal));

        var waiting = events.NextAsync(Patient);
        await UntilAsync(() => Task.FromResult(events.Comments >= 3));
        Shell.Release();

        (await waiting).ShouldNotBeNull().Id.ShouldBe(next.Id + 1);
    }

    [SkippableFact]
    public async Task EventStream_ClientHangsUp_IsNoticedThoughNothingHappens()
    {
        var loop = await StartHeldAsync();
        var events = await Api.OpenEventsAsync(loop);
        await events.NextAsync(Patient);
        Running.OpenStreams(Tenant).ShouldBe(1);

        events.Dispose();

        await UntilAsync(() => Task.FromResult(Running.OpenStreams(Tenant) == 0));
        Shell.Release();
    }

    [SkippableFact]
    public async Task EventStream_MoreThanATenantMayHave_IsRefusedToItAlone()
    {
        await ReopenAsync(("MaxStreamsPerTenant", "2"));
        var mine = await StartHeldAsync();
        var theirs = await StartAsync(Spec(HoldThenSolve), Other);
        using var first = await Api.OpenEventsAsync(mine);
        using var second = await Api.OpenEventsAsync(mine);

        var third = await Api.GetAsync($"/v1/loops/{mine}/events", ("Accept", "text/event-stream"));
        using var other = await Other.OpenEventsAsync(theirs);

        third.ShouldBeProblem(HttpStatusCode.TooManyRequests, "too-many-streams").Header("Retry-After").ShouldNotBeNull();
        other.Status.ShouldBe(HttpStatusCode.OK);
        Shell.Release();
    }

    [SkippableFact]
    public async Task EventStream_SlowReader_HoldsNobodyUpAndCostsLittle()
    {
        // Some 6 MB of ledger: far more than sockets buffer.
        var big = new string('x', 6000);
        var talk = $$$"""{"text":"{{{big}}}","tools":[{"name":"note","arguments":{"text":"n"}}],"repeat":500}""";
        var spec = $$$"""
            {"goal":"talk","workspace":{"files":{"a":"b"}},"model":{"script":{"replies":[{{{talk}}},{{{Solve}}}]}},"gates":[{"name":"answer","run":"has answer.txt 42"}],
             "budget":{"turns":2000,"tokens":1000000000},"stuck":{"sameAction":1000}}
            """;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var loop = await StartAsync(spec);
        var slow = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            slow.Add(await OpenUnreadAsync(loop));
        }

        using var events = await Api.OpenEventsAsync(loop);
        var seen = await events.ToEndAsync(Patient);

        seen[^1].Type.ShouldBeOneOf("loop-verified", "loop-stopped");
        seen.Select(e => e.Id).ShouldBe(Enumerable.Range(1, seen.Count).Select(i => (long)i));
        seen.Sum(e => (long)e.Data.Length).ShouldBeGreaterThan(2_000_000);
        var size = seen.Sum(e => (long)e.Data.Length);
        seen.Clear();
        // Twenty readers that read nothing hold less than two copies of the ledger together, in a process that also holds the loop itself.
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(size * 12);
        slow.ForEach(s => s.Dispose());
        await UntilAsync(() => Task.FromResult(Running.OpenStreams(Tenant) == 0));
    }

    [SkippableFact]
    public async Task EventStream_ServerDrains_EndsCleanlyAndGoesOnElsewhere()
    {
        var loop = await StartHeldAsync();
        var events = await Api.OpenEventsAsync(loop);
        var first = (await events.NextAsync(Patient))!;
        var reading = events.ToEndAsync(Patient);
        Running.BeginDrain();
        var rest = await reading;
        events.Dispose();

        var last = rest.Count == 0 ? first.Id : rest[^1].Id;
        await ReopenAsync();
        Shell.Release();
        using var again = await Api.OpenEventsAsync(loop, last);
        var seen = await again.ToEndAsync(Patient);

        seen[0].Id.ShouldBe(last + 1);
        seen[^1].Type.ShouldBe("loop-verified");
    }

    [SkippableFact]
    public async Task EventPages_FollowedByLink_AreTheWholeLedger()
    {
        var loop = await RunAsync(Spec(Solve));
        var ids = new List<long>();
        for (var path = $"/v1/loops/{loop}/events?limit=5"; path is not null; )
        {
            var page = (await Api.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
            page.Json.GetArrayLength().ShouldBeLessThanOrEqualTo(5);
            ids.AddRange(page.Json.EnumerateArray().Select(e => e.GetProperty("seq").GetInt64()));
            path = page.Header("Link") is { } link ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;
        }

        var last = (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("ledger").GetProperty("events").GetInt64();
        ids.ShouldBe(Enumerable.Range(1, (int)last).Select(i => (long)i));
        (await Api.GetAsync($"/v1/loops/{loop}/events?from={last + 1}")).ShouldBe(HttpStatusCode.OK).Text.ShouldBe("[]");
        (await Api.GetAsync($"/v1/loops/{loop}/events?from={last + 2}")).ShouldBeProblem(HttpStatusCode.BadRequest, "unknown-entry");
    }

    /// <summary>Asks for a stream and reads nothing of it.</summary>
    private async Task<Socket> OpenUnreadAsync(string loop)
    {
        var key = await NewKeyAsync();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(Running.Url.Host, Running.Url.Port, Patient);
        var request =
            $"GET /v1/loops/{loop}/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer {key}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Patient);
        return socket;
    }
}
