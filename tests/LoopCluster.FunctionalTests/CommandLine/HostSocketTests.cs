using System.Net.Sockets;
using System.Text;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Sessions;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.FunctionalTests.Hosts;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Ledger;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>The socket under callers that do not behave, in directories that are awkward.</summary>
public sealed class HostSocketTests : IDisposable
{
    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("/v1/owner/loops?tenant=t&id=x", "not json", "request-invalid")]
    [InlineData("/v1/owner/loops?tenant=t&id=x", "{}", "request-invalid")]
    [InlineData("/v1/owner/loops?tenant=t&id=x", "null", "request-invalid")]
    [InlineData("/v1/owner/loops?tenant=t&id=..%2Fx", "{}", "request-invalid")]
    [InlineData("/v1/owner/loops?id=x", "{}", "query-invalid")]
    [InlineData("/v1/loops/x/frob", "{}", "unknown-route")]
    [InlineData("/v1/owner/loops/x/resume", "{}", "unknown-loop")]
    public async Task Request_Unusable_IsAnsweredAndTheNextIsServed(string path, string body, string code)
    {
        await using var open = await OpenAsync(_files.At("data"));
        using var http = Http(_files.At("data"));

        (await PostAsync(http, path, body)).ShouldContain($"\"code\":\"{code}\"");

        (await PostAsync(http, "/v1/owner/loops/still-served/resume", "{}")).ShouldContain("there is no loop still-served here");
    }

    [Fact]
    public async Task Request_TooLong_IsRefusedAtTheLimit()
    {
        await using var open = await OpenAsync(_files.At("data"));
        using var http = Http(_files.At("data"));

        (await PostAsync(http, "/v1/owner/loops?tenant=t&id=x", new string('x', 33 * 1024 * 1024))).ShouldContain("request-too-large");
    }

    [Fact]
    public async Task Get_WithoutAKey_TellsOfEveryTenant()
    {
        await using var open = await OpenAsync(_files.At("data"));
        using var http = Http(_files.At("data"));
        var spec = SpecFile.Parse(
            "goal: x\nworkspace: { files: { a.txt: a } }\nmodel: { script: { replies: [ { text: hm } ] } }\ngates: [ { name: g, run: has a.txt b } ]",
            SpecOrigin.File(_files.Root)
        );
        await using var holder = (await Holder.TryConnectAsync(DirectorySocket.To(_files.At("data")), default)).ShouldNotBeNull();
        var host = Over(holder);
        await host.StartAsync(new StartLoop("acme", spec, new LoopId("of-acme")), default);
        await host.StartAsync(new StartLoop("globex", spec, new LoopId("of-globex")), default);

        var list = await http.GetStringAsync("/v1/loops");
        var shown = await http.GetStringAsync("/v1/loops/of-globex");

        list.ShouldContain("of-acme");
        list.ShouldContain("of-globex");
        shown.ShouldContain("of-globex");
        (
            await Should.ThrowAsync<LedgerConflictException>(async () =>
                await host.StartAsync(new StartLoop("acme", spec, new LoopId("of-acme")), default)
            )
        ).Code.ShouldBe("ledger-conflict");
    }

    [Fact]
    public async Task Listen_AfterADeadProcess_TakesItsPlace()
    {
        var data = _files.At("data");
        Directory.CreateDirectory(data);
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(Path.Combine(data, DirectorySocket.FileName)));
            // A killed process leaves the file behind; a disposed socket would remove it.
            File.Move(Path.Combine(data, DirectorySocket.FileName), Path.Combine(data, "moved"));
        }

        File.Move(Path.Combine(data, "moved"), Path.Combine(data, DirectorySocket.FileName));
        (await Holder.TryConnectAsync(DirectorySocket.To(data), default)).ShouldBeNull();
        await using var open = await OpenAsync(data);

        await using var client = await Holder.TryConnectAsync(DirectorySocket.To(data), default);

        client.ShouldNotBeNull();
    }

    [Fact]
    public async Task Connect_PathLongerThanASocketAddress_Works()
    {
        var data = _files.At(new string('a', 100), new string('b', 100));
        Directory.CreateDirectory(data);
        await using var open = await OpenAsync(data);

        await using var client = await Holder.TryConnectAsync(DirectorySocket.To(data), default);

        client.ShouldNotBeNull();
        File.GetUnixFileMode(Path.Combine(data, DirectorySocket.FileName)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Gone_HolderCloses_IsTold()
    {
        var open = await OpenAsync(_files.At("data"));
        await using var client = (await Holder.TryConnectAsync(DirectorySocket.To(_files.At("data")), default)).ShouldNotBeNull();

        await open.DisposeAsync();

        await client.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        var error = await Should.ThrowAsync<InfrastructureException>(async () => await Over(client).ResumeAsync(new LoopId("x"), default));
        error.Code.ShouldBe("host-gone");
    }

    [Fact]
    public async Task Request_HolderDiesInTheMiddle_IsTold()
    {
        await using var other = new OtherHolder(_files.At("data"), answer: null);
        await using var client = (await Holder.TryConnectAsync(DirectorySocket.To(_files.At("data")), default)).ShouldNotBeNull();
        var host = Over(client);

        var error = await Should.ThrowAsync<InfrastructureException>(async () =>
            await host.SignalAsync(new LoopId("x"), new CancelSignal("c", "me", ""), default)
        );

        error.Code.ShouldBe("host-gone");
        await client.Gone.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("{\"error\":{\"code\":\"request-invalid\"}}\n")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 24\r\n\r\n{\"code\":\"unknown-route\"}")]
    public async Task Request_HolderOfAnotherVersion_IsToldWithWhatToDo(string answer)
    {
        await using var other = new OtherHolder(_files.At("data"), answer);
        await using var client = (await Holder.TryConnectAsync(DirectorySocket.To(_files.At("data")), default)).ShouldNotBeNull();
        var host = Over(client);

        var error = await Should.ThrowAsync<InfrastructureException>(async () => await host.ResumeAsync(new LoopId("x"), default));

        error.Code.ShouldBe("host-of-another-version");
        error.Message.ShouldContain("end it, then run the command again");
    }

    [Fact]
    public async Task Connection_ClientOfAnOlderVersion_IsRefusedAndTheNextIsServed()
    {
        await using var open = await OpenAsync(_files.At("data"));
        using var http = Http(_files.At("data"));
        await using (var line = await DirectorySocket.To(_files.At("data"))(default))
        {
            await line.WriteAsync("{\"resume\":{\"loop\":\"x\"}}\n"u8.ToArray());
            using var reader = new StreamReader(line);
            (await reader.ReadToEndAsync()).ShouldStartWith("HTTP/1.1 400");
        }

        (await PostAsync(http, "/v1/owner/loops/still-served/resume", "{}")).ShouldContain("there is no loop still-served here");
    }

    private HolderHost Over(Holder holder)
    {
        var ledger = new FileLedgerReader(_files.At("data"));
        return new HolderHost(ledger, ReadRecords.Of(ledger), holder, TimeProvider.System);
    }

    private static ValueTask<LoopRuntime> OpenAsync(string data) =>
        LocalHostTests.OwnAsync(new HostSetup(data, new FakeShell().Sandbox, ModelCatalog.Empty, TimeProvider.System), new Listening());

    private static HttpClient Http(string data) =>
        new(new SocketsHttpHandler { ConnectCallback = (_, token) => DirectorySocket.To(data)(token) })
        {
            BaseAddress = new Uri("http://localhost"),
        };

    private static async Task<string> PostAsync(HttpClient http, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
