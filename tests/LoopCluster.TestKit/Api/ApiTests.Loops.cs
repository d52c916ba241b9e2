using System.Net;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Proofs;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    [SkippableFact]
    public async Task Post_Spec_IsCreatedAndRunsToItsProof()
    {
        var created = (await Api.PostAsync("/v1/loops", Spec(Solve))).ShouldBe(HttpStatusCode.Created);
        created.Header("Location").ShouldBe($"/v1/loops/{created.Id}");

        using var events = await Api.OpenEventsAsync(created.Id);
        var seen = await events.ToEndAsync(Patient);

        seen[^1].Type.ShouldBe("loop-verified");
        var shown = (await Api.GetAsync($"/v1/loops/{created.Id}")).ShouldBe(HttpStatusCode.OK).Json;
        shown.GetProperty("status").GetString().ShouldBe("verified");
        shown.GetProperty("exitCode").GetInt32().ShouldBe(0);
        shown.GetProperty("proof").GetString().ShouldBe($"/v1/loops/{created.Id}/proof");
        shown.GetProperty("ledger").GetProperty("events").GetInt64().ShouldBe(seen[^1].Id);
        (await Api.GetAsync($"/v1/loops/{created.Id}/diff")).ShouldBe(HttpStatusCode.OK).Text.ShouldContain("+42");
        var proof = (await Api.GetAsync($"/v1/loops/{created.Id}/proof")).ShouldBe(HttpStatusCode.OK).Json;
        var statement = Statement(proof);
        statement.GetProperty("predicateType").GetString().ShouldBe(ExitStatement.ProofType);
        statement.GetProperty("predicate").GetProperty("loop").GetString().ShouldBe(created.Id);
        statement.GetProperty("predicate").GetProperty("tenant").GetString().ShouldBe(Tenant);
    }

    private static JsonElement Statement(JsonElement envelope) =>
        JsonElement.Parse(Convert.FromBase64String(envelope.GetProperty("payload").GetString()!));

    [SkippableFact]
    public async Task Post_Yaml_IsTheSameTask()
    {
        var created = (
            await Api.PostYamlAsync(
                "/v1/loops",
                "goal: x\nworkspace: { files: { a: b } }\nmodel: { script: { replies: [ { text: x } ] } }\ngates: [ { name: g, run: exit 1 } ]\n"
            )
        ).ShouldBe(HttpStatusCode.Created);

        created.Json.GetProperty("gates")[0].GetProperty("name").GetString().ShouldBe("g");
    }

    [SkippableFact]
    public async Task Cancel_RunningLoop_EndsIt()
    {
        var loop = await StartHeldAsync();
        (await Api.GetAsync($"/v1/loops/{loop}/proof")).ShouldBeProblem(HttpStatusCode.NotFound, "no-proof");

        (await Api.PostAsync($"/v1/loops/{loop}/cancel", """{"reason":"enough"}""")).ShouldBe(HttpStatusCode.OK);

        using var events = await Api.OpenEventsAsync(loop);
        var seen = await events.ToEndAsync(Patient);
        seen[^1].Type.ShouldBe("loop-stopped");
        seen[^1].Data.ShouldContain("cancelled");
        seen.ShouldContain(e =>
            e.Data.Contains("\"by\":\"acme/lc_", StringComparison.Ordinal) && e.Data.Contains("enough", StringComparison.Ordinal)
        );
        (await Api.PostAsync($"/v1/loops/{loop}/message", """{"text":"late"}""")).ShouldBeProblem(HttpStatusCode.Conflict, "loop-ended");
        var report = Statement((await Api.GetAsync($"/v1/loops/{loop}/proof")).ShouldBe(HttpStatusCode.OK).Json);
        report.GetProperty("predicateType").GetString().ShouldBe(ExitStatement.ReportType);
        report.GetProperty("predicate").GetProperty("outcome").GetString().ShouldBe("cancelled");
        (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("proof").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [SkippableFact]
    public async Task Message_SameKeyTwice_ReachesTheLoopOnce()
    {
        var loop = await StartHeldAsync();

        (await Api.PostAsync($"/v1/loops/{loop}/message", """{"text":"hurry"}""", ("Idempotency-Key", "m1"))).ShouldBe(HttpStatusCode.OK);
        (await Api.PostAsync($"/v1/loops/{loop}/message", """{"text":"hurry"}""", ("Idempotency-Key", "m1"))).ShouldBe(HttpStatusCode.OK);
        (await Api.PostAsync($"/v1/loops/{loop}/message", """{"text":"other"}""", ("Idempotency-Key", "m1"))).ShouldBeProblem(
            HttpStatusCode.UnprocessableEntity,
            "idempotency-key-reused"
        );

        Shell.Release();
        using var events = await Api.OpenEventsAsync(loop);
        (await events.ToEndAsync(Patient)).Count(e => e.Data.Contains("\"text\":\"hurry\"", StringComparison.Ordinal)).ShouldBe(1);
    }

    [SkippableFact]
    public async Task Approve_WaitingLoop_GoesOn()
    {
        var spec = """{"goal":"x","mode":"single-shot","workspace":{"files":{"a":"b"}},"model":{"script":{"replies":[REPLY]}}}""".Replace(
            "REPLY",
            Solve,
            StringComparison.Ordinal
        );
        var loop = await StartAsync(spec);
        await UntilAsync(async () => (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("status").GetString() == "waiting");
        var seq = (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("waitingFor").GetProperty("seq").GetInt64();

        (await Api.PostAsync($"/v1/loops/{loop}/approve", $$"""{"seq":{{seq + 1}}}""")).ShouldBeProblem(
            HttpStatusCode.Conflict,
            "approval-not-open"
        );
        (await Api.PostAsync($"/v1/loops/{loop}/approve", $$"""{"seq":{{seq}},"granted":true,"reason":"fine"}""")).ShouldBe(
            HttpStatusCode.OK
        );

        using var events = await Api.OpenEventsAsync(loop);
        (await events.ToEndAsync(Patient))[^1].Type.ShouldBe("loop-verified");
    }

    [SkippableFact]
    public async Task Fork_FromTheMiddle_IsALoopOfItsOwn()
    {
        var parent = await RunAsync(Spec(Solve));

        var fork = (await Api.PostAsync($"/v1/loops/{parent}/fork", """{"at":3,"budget":{"attempts":2}}""")).ShouldBe(
            HttpStatusCode.Created
        );

        fork.Id.ShouldNotBe(parent);
        fork.Json.GetProperty("parent").GetProperty("id").GetString().ShouldBe(parent);
        fork.Json.GetProperty("attempts").GetInt32().ShouldBe(2);
        using var events = await Api.OpenEventsAsync(fork.Id);
        (await events.ToEndAsync(Patient))[^1].Type.ShouldBe("loop-verified");
        (await Api.PostAsync($"/v1/loops/{parent}/fork", """{"at":9999}""")).ShouldBeProblem(HttpStatusCode.BadRequest, "unknown-entry");
        (await Api.PostAsync($"/v1/loops/{parent}/fork", """{"at":3,"budget":{"attempts":-1}}"""))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid")
            .Json.GetProperty("path")
            .GetString()
            .ShouldBe("budget.attempts");
    }

    [SkippableTheory]
    [MemberData(nameof(AllRoutes))]
    public async Task Route_InTheDocument_IsServed(string route)
    {
        var (method, path) = (
            route[..route.IndexOf(' ', StringComparison.Ordinal)],
            route[(route.IndexOf(' ', StringComparison.Ordinal) + 1)..]
        );

        var reply = await Api.SendAsync(new HttpMethod(method), path.Replace("{id}", "none", StringComparison.Ordinal), null);

        reply.Status.ShouldNotBe(HttpStatusCode.MethodNotAllowed);
        (reply.Status == HttpStatusCode.NotFound && reply.Text.Contains("unknown-route", StringComparison.Ordinal)).ShouldBeFalse(
            reply.Text
        );
    }

    public static TheoryData<string> AllRoutes => [.. Routes.All];

    [SkippableFact]
    public async Task Models_TellNamesAndNothingOfWhereTheyAre()
    {
        var models = (await Api.GetAsync("/v1/models")).ShouldBe(HttpStatusCode.OK);

        models.Json.GetProperty("models")[0].GetProperty("name").GetString().ShouldBe("big");
        models.Text.ShouldNotContain("10.9.8.7");
        models.Text.ShouldNotContain("BIG_KEY");
    }

    [SkippableFact]
    public async Task OpenApi_Document_NamesEveryRoute()
    {
        var document = (await Client(null).GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Json;

        document.GetProperty("openapi").GetString().ShouldStartWith("3.");
        var documented = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(p =>
                p.Value.EnumerateObject().Where(m => m.Name != "parameters").Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}")
            );
        documented.ShouldBe(Routes.All, ignoreOrder: true);
    }

    [SkippableTheory]
    [InlineData("/v1/loops/{id}", "/v1/loops/{id}")]
    [InlineData("/v1/loops", "/v1/loops?limit=1")]
    [InlineData("/v1/models", "/v1/models")]
    [InlineData("/readyz", "/readyz")]
    [InlineData("/healthz", "/healthz")]
    public async Task OpenApi_Document_DescribesTheAnswerAsItIs(string route, string path)
    {
        var loop = await RunAsync(Spec(Solve));
        var document = (await Client(null).GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Json;
        var schema = document
            .GetProperty("paths")
            .GetProperty(route)
            .GetProperty("get")
            .GetProperty("responses")
            .GetProperty("200")
            .GetProperty("content")
            .GetProperty("application/json")
            .GetProperty("schema");

        var answer = (await Api.GetAsync(path.Replace("{id}", loop, StringComparison.Ordinal))).ShouldBe(HttpStatusCode.OK).Json;

        RequireDescribed(document, schema, answer, route);
    }

    [SkippableTheory]
    [InlineData("/v1/loops/{id}/cancel", "reason")]
    [InlineData("/v1/loops/{id}/message", "text")]
    [InlineData("/v1/loops/{id}/approve", "seq,granted,reason")]
    [InlineData("/v1/loops/{id}/fork", "at,budget")]
    public async Task OpenApi_Document_DescribesTheBody(string route, string keys)
    {
        var document = (await Client(null).GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Json;
        var operation = document.GetProperty("paths").GetProperty(route).GetProperty("post");

        var body = Resolve(
            document,
            operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema")
        );

        body.GetProperty("properties").EnumerateObject().Select(p => p.Name).ShouldBe(keys.Split(','), ignoreOrder: true);
        operation
            .GetProperty("parameters")
            .EnumerateArray()
            .Select(p => p.GetProperty("name").GetString())
            .ShouldBe(["id", "Idempotency-Key"]);
        operation
            .GetProperty("responses")
            .GetProperty("400")
            .GetProperty("content")
            .TryGetProperty("application/problem+json", out _)
            .ShouldBeTrue();
    }

    /// <summary>Each member of an answer is one of the schema's, and each that the schema requires is there.</summary>
    private static void RequireDescribed(JsonElement document, JsonElement schema, JsonElement answer, string path)
    {
        var described = Resolve(document, schema);
        if (answer.ValueKind == JsonValueKind.Array && described.TryGetProperty("items", out var items))
        {
            answer.EnumerateArray().ToList().ForEach(item => RequireDescribed(document, items, item, path + "[]"));
        }
        else if (answer.ValueKind == JsonValueKind.Object && described.TryGetProperty("properties", out var properties))
        {
            answer
                .EnumerateObject()
                .Select(m => m.Name)
                .ShouldBe(properties.EnumerateObject().Select(p => p.Name), ignoreOrder: true, path);
            foreach (var member in answer.EnumerateObject())
            {
                RequireDescribed(document, properties.GetProperty(member.Name), member.Value, $"{path}.{member.Name}");
            }
        }
    }

    private static JsonElement Resolve(JsonElement document, JsonElement schema)
    {
        if (schema.TryGetProperty("oneOf", out var several))
        {
            return Resolve(document, several.EnumerateArray().Last());
        }

        return schema.TryGetProperty("$ref", out var name)
            ? document.GetProperty("components").GetProperty("schemas").GetProperty(name.GetString()!.Split('/')[^1])
            : schema;
    }

    [SkippableFact]
    public async Task Show_TextOfTheModel_IsValidUtf8Json()
    {
        var loop = await RunAsync(Spec(Solve, goal: "snow ☃ \u0001 \" \\ 🎈"));

        var page = await Api.GetAsync($"/v1/loops/{loop}/events?limit=1");

        JsonDocument
            .Parse(page.Body)
            .RootElement[0]
            .GetProperty("data")
            .GetProperty("spec")
            .GetProperty("goal")
            .GetString()
            .ShouldBe("snow ☃ \u0001 \" \\ 🎈");
        Encoding.UTF8.GetByteCount(page.Text).ShouldBe(page.Body.Length);
    }
}
