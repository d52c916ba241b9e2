using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LoopCluster.TestKit.Api;

public abstract partial class ApiTests
{
    [SkippableTheory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound, "unknown-route")]
    [InlineData("GET", "/v1", HttpStatusCode.NotFound, "unknown-route")]
    [InlineData("GET", "/v1/loops/x/nothing", HttpStatusCode.NotFound, "unknown-route")]
    [InlineData("DELETE", "/v1/loops", HttpStatusCode.MethodNotAllowed, "method-not-allowed")]
    [InlineData("PUT", "/v1/loops/x", HttpStatusCode.MethodNotAllowed, "method-not-allowed")]
    [InlineData("GET", "/v1/loops/x/cancel", HttpStatusCode.MethodNotAllowed, "method-not-allowed")]
    public async Task Route_ThatIsNotThere_IsAProblem(string method, string path, HttpStatusCode status, string code) =>
        (await Api.SendAsync(new HttpMethod(method), path, null)).ShouldBeProblem(status, code);

    [SkippableTheory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"goal": "x",}""")]
    [InlineData("""{"goal": "x"} trailing""")]
    [InlineData("""{"goal":"x","goal":"y"}""")]
    [InlineData("[1,2]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("""{"goal":"\ud800"}""")]
    [InlineData("goal: x")]
    public async Task Post_MalformedJson_IsOneProblem(string body) =>
        (await Api.SendAsync(HttpMethod.Post, "/v1/loops", new StringContent(body, Encoding.UTF8, "application/json"))).ShouldBeProblem(
            HttpStatusCode.BadRequest,
            "spec-invalid"
        );

    [SkippableTheory]
    [InlineData("goal: [")]
    [InlineData("\t- x")]
    [InlineData("a: &a [*a]")]
    [InlineData("--- 1\n--- 2")]
    [InlineData("goal: !!python/object x")]
    public async Task Post_MalformedYaml_IsOneProblem(string body) =>
        (await Api.PostYamlAsync("/v1/loops", body)).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid");

    [SkippableFact]
    public async Task Post_BombOfAliases_IsRefused()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.AppendLine(
                System.Globalization.CultureInfo.InvariantCulture,
                $"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]"
            );
        }

        (await Api.PostYamlAsync("/v1/loops", bomb.ToString())).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid");
    }

    [SkippableFact]
    public async Task Post_NestedTooDeep_IsRefused()
    {
        var deep = new string('[', 5000) + new string(']', 5000);

        (await Api.PostAsync("/v1/loops", deep)).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid");
        (await Api.PostYamlAsync("/v1/loops", "goal: " + deep)).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid");
        var loop = await RunAsync(Spec(Solve));
        (
            await Api.PostAsync($"/v1/loops/{loop}/cancel", """{"reason":""" + new string('[', 100) + new string(']', 100) + "}")
        ).ShouldBeProblem(HttpStatusCode.BadRequest, "request-invalid");
    }

    [SkippableFact]
    public async Task Post_FaultySpec_TellsAllFaultsAtOnce()
    {
        var reply = (
            await Api.PostAsync("/v1/loops", """{"workspace":{"files":{"../x":"y"}},"model":"script:/etc/passwd","frobnicate":1}""")
        ).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-path-not-allowed");

        var paths = reply.Json.GetProperty("faults").EnumerateArray().Select(f => f.GetProperty("path").GetString()).ToList();
        paths.ShouldContain("goal");
        paths.ShouldContain("model");
        paths.ShouldContain("frobnicate");
        paths.Count.ShouldBeGreaterThanOrEqualTo(5);
        reply.Json.GetProperty("path").GetString().ShouldBe(paths[0]);
    }

    [SkippableTheory]
    [InlineData("""{"path":"/etc"}""")]
    [InlineData("""{"path":"."}""")]
    [InlineData("""{"git":"file:///etc"}""")]
    [InlineData("""{"git":"/srv/repo"}""")]
    [InlineData("""{"git":"http://git.example.org/x.git"}""")]
    [InlineData("""{"git":"git://git.example.org/x.git"}""")]
    [InlineData("""{"git":"ssh://git@git.example.org/x.git"}""")]
    [InlineData("""{"git":"git@git.example.org:x.git"}""")]
    [InlineData("""{"git":"https://127.0.0.1/x.git"}""")]
    [InlineData("""{"git":"https://localhost/x.git"}""")]
    [InlineData("""{"git":"https://LOCALHOST:8080/x.git"}""")]
    [InlineData("""{"git":"https://0/x.git"}""")]
    [InlineData("""{"git":"https://127.1/x.git"}""")]
    [InlineData("""{"git":"https://2130706433/x.git"}""")]
    [InlineData("""{"git":"https://017700000001/x.git"}""")]
    [InlineData("""{"git":"https://0177.0.0.1/x.git"}""")]
    [InlineData("""{"git":"https://0x7f000001/x.git"}""")]
    [InlineData("""{"git":"https://134744072/x.git"}""")]
    [InlineData("""{"git":"https://10.0.0.1/x.git"}""")]
    [InlineData("""{"git":"https://172.31.255.255/x.git"}""")]
    [InlineData("""{"git":"https://192.168.1.1/x.git"}""")]
    [InlineData("""{"git":"https://169.254.169.254/latest/meta-data/"}""")]
    [InlineData("""{"git":"https://100.64.0.1/x.git"}""")]
    [InlineData("""{"git":"https://0.0.0.0/x.git"}""")]
    [InlineData("""{"git":"https://[::1]/x.git"}""")]
    [InlineData("""{"git":"https://[::]/x.git"}""")]
    [InlineData("""{"git":"https://[::ffff:127.0.0.1]/x.git"}""")]
    [InlineData("""{"git":"https://[::ffff:a00:1]/x.git"}""")]
    [InlineData("""{"git":"https://[fe80::1]/x.git"}""")]
    [InlineData("""{"git":"https://[fe80::1%25eth0]/x.git"}""")]
    [InlineData("""{"git":"https://[fd00::1]/x.git"}""")]
    [InlineData("""{"git":"https://[fc00::1]/x.git"}""")]
    [InlineData("""{"git":"https://[64:ff9b::7f00:1]/x.git"}""")]
    [InlineData("""{"git":"https://[2002:7f00:1::]/x.git"}""")]
    [InlineData("""{"git":"https://[2001:0:7f00:1::]/x.git"}""")]
    [InlineData("""{"git":"https://host.invalid/x.git"}""")]
    [InlineData("""{"git":"https://ⓛocalhost/x.git"}""")]
    public async Task Post_WorkspaceOfTheServersOwn_IsNotAllowed(string workspace)
    {
        var reply = await Api.PostAsync(
            "/v1/loops",
            $$$"""{"goal":"x","workspace":{{{workspace}}},"model":{"script":{"replies":[{"text":"x"}]}},"gates":[{"name":"g","run":"exit 1"}]}"""
        );

        reply
            .ShouldBeProblem(HttpStatusCode.BadRequest, "spec-path-not-allowed")
            .Json.GetProperty("path")
            .GetString()
            .ShouldStartWith("workspace.");
        (await CountAsync()).ShouldBe(0);
    }

    [SkippableTheory]
    [InlineData("https://%31%32%37.0.0.1/x.git")]
    [InlineData("https://127.0.0.1\\\\@git.example.org/x.git")]
    [InlineData("https://user:secret@git.example.org/x.git")]
    [InlineData("https://git.example.org:99999/x.git")]
    [InlineData("https:///x.git")]
    [InlineData("ext::sh -c id")]
    [InlineData("ext::https://x")]
    public async Task Post_AddressThatIsNone_IsRefusedWithoutRepeatingSecrets(string git)
    {
        var reply = await Api.PostAsync(
            "/v1/loops",
            $$$"""{"goal":"x","workspace":{"git":"{{{git}}}"},"model":{"script":{"replies":[{"text":"x"}]}},"gates":[{"name":"g","run":"exit 1"}]}"""
        );

        reply.ShouldBeProblem(HttpStatusCode.BadRequest, "spec-invalid").Json.GetProperty("path").GetString().ShouldBe("workspace.git");
        reply.Text.ShouldNotContain("secret");
    }

    [SkippableTheory]
    [InlineData("""{"url":"http://127.0.0.1:1/v1","model":"m"}""")]
    [InlineData("\"script:/etc/passwd\"")]
    [InlineData("""{"script":"/etc/passwd"}""")]
    public async Task Post_ModelOfTheServersOwn_IsNotAllowed(string model)
    {
        var reply = await Api.PostAsync(
            "/v1/loops",
            $$$"""{"goal":"x","workspace":{"files":{"a":"b"}},"model":{{{model}}},"gates":[{"name":"g","run":"exit 1"}]}"""
        );

        reply.ShouldBeProblem(HttpStatusCode.BadRequest, "spec-path-not-allowed");
    }

    [SkippableFact]
    public async Task Post_PolicyFile_IsNotRead() =>
        (
            await Api.PostAsync(
                "/v1/loops",
                Spec(Solve).Replace("\"goal\"", "\"policy\":\"/etc/passwd\",\"goal\"", StringComparison.Ordinal)
            )
        ).ShouldBeProblem(HttpStatusCode.BadRequest, "spec-path-not-allowed");

    [SkippableTheory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task Post_OtherMediaType_IsAProblem(string? type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Spec(Solve)));
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        (await Api.SendAsync(HttpMethod.Post, "/v1/loops", content)).ShouldBeProblem(
            HttpStatusCode.UnsupportedMediaType,
            "media-type-unsupported"
        );
    }

    [SkippableFact]
    public async Task Post_TwentyMegabytes_IsRefusedBeforeItIsSent()
    {
        using var socket = await ConnectAsync(
            $"POST /v1/loops HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20000000\r\nAuthorization: Bearer {await NewKeyAsync()}\r\n\r\n"
        );

        // Not a byte of the body was sent, and the answer is here.
        var answer = await ReadToEndAsync(socket);

        answer.ShouldStartWith("HTTP/1.1 413 ");
        answer.ShouldContain("\"code\":\"request-too-large\"");
    }

    [SkippableFact]
    public async Task Post_TwentyMegabytesInChunks_IsRefusedAtTheLimit()
    {
        using var socket = await ConnectAsync(
            $"POST /v1/loops HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer {await NewKeyAsync()}\r\n\r\n"
        );
        var chunk = Encoding.ASCII.GetBytes($"100000\r\n{new string(' ', 0x100000)}\r\n");
        var sent = 0;
        try
        {
            for (; sent < 20; sent++)
            {
                await socket.SendAsync(chunk, Patient);
            }
        }
        catch (SocketException)
        {
            // The server has closed its end.
        }

        sent.ShouldBeLessThan(20);
        (await Api.GetAsync("/healthz")).ShouldBe(HttpStatusCode.OK);
    }

    [SkippableFact]
    public async Task Post_StrangerWithTwentyMegabytes_IsRefusedForTheKey() =>
        (await Client(null).SendAsync(HttpMethod.Post, "/v1/loops", new ByteArrayContent(new byte[64]))).ShouldBeProblem(
            HttpStatusCode.Unauthorized,
            "unauthorized"
        );

    [SkippableTheory]
    [InlineData("message", """{"text":""}""")]
    [InlineData("message", """{"text":5}""")]
    [InlineData("message", "{}")]
    [InlineData("message", """{"text":"x","more":1}""")]
    [InlineData("message", """{"text":"\ud800"}""")]
    [InlineData("cancel", """{"reason":1}""")]
    [InlineData("cancel", "[]")]
    [InlineData("approve", "{}")]
    [InlineData("approve", """{"seq":"3"}""")]
    [InlineData("approve", """{"seq":3,"granted":"yes"}""")]
    [InlineData("fork", "{}")]
    [InlineData("fork", """{"at":0}""")]
    [InlineData("fork", """{"at":1.5}""")]
    public async Task Signal_FaultyBody_IsAProblemAndChangesNothing(string what, string body)
    {
        var loop = await StartHeldAsync();
        var before = (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("ledger").GetRawText();

        (await Api.PostAsync($"/v1/loops/{loop}/{what}", body)).ShouldBeProblem(HttpStatusCode.BadRequest, "request-invalid");

        (await Api.GetAsync($"/v1/loops/{loop}")).Json.GetProperty("ledger").GetRawText().ShouldBe(before);
    }

    [SkippableTheory]
    [InlineData("/v1/loops?limit=0")]
    [InlineData("/v1/loops?limit=1001")]
    [InlineData("/v1/loops?limit=ten")]
    [InlineData("/v1/loops?limit=1&limit=2")]
    [InlineData("/v1/loops?status=dead")]
    [InlineData("/v1/loops?tenant=globex")]
    [InlineData("/v1/models?x=1")]
    public async Task Query_ThatWontDo_IsAProblem(string path) =>
        (await Api.GetAsync(path)).ShouldBeProblem(HttpStatusCode.BadRequest, "query-invalid");

    [SkippableTheory]
    [InlineData("x")]
    [InlineData("1-../../x")]
    [InlineData("-1-abc")]
    public async Task List_CursorOfNoPage_IsAProblem(string cursor) =>
        (await Api.GetAsync($"/v1/loops?cursor={cursor}")).ShouldBeProblem(HttpStatusCode.BadRequest, "bad-cursor");

    private async Task<Socket> ConnectAsync(string request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Running.Url.Host, Running.Url.Port, Patient);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Patient);
        return socket;
    }

    private async Task<string> ReadToEndAsync(Socket socket)
    {
        var all = new StringBuilder();
        var buffer = new byte[4096];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, Patient)) > 0)
        {
            all.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return all.ToString();
    }

    private async Task<string> NewKeyAsync()
    {
        var (key, kept) = Runtime.Keys.ApiKeys.New(Tenant, TimeProvider.System);
        await Running.Keys.AddAsync(kept, Patient);
        return key;
    }
}
