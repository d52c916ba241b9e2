using System.Net.Sockets;
using System.Text;
using LoopCluster.Cli.Composition;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.FunctionalTests.Hosts;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Socket;
using LoopCluster.Runtime.Models;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>The socket under callers that do not behave, in directories that are awkward.</summary>
public sealed class HostSocketTests : IDisposable
{
    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("not json\n", "request-invalid")]
    [InlineData("{}\n", "request-invalid")]
    [InlineData("null\n", "request-invalid")]
    [InlineData("{\"resume\":{\"loop\":\"../x\"}}\n", "request-invalid")]
    [InlineData("{\"signal\":{\"loop\":\"x\",\"kind\":\"frob\",\"id\":\"1\",\"by\":\"me\"}}\n", "request-invalid")]
    [InlineData("{\"resume\":{\"loop\":\"x\"}}\n", "unknown-loop")]
    public async Task Request_Unusable_IsAnsweredAndTheNextIsServed(string request, string code)
    {
        await using var open = await OpenAsync(_files.At("data"));

        var answers = await AskAsync(_files.At("data"), request + "{\"resume\":{\"loop\":\"still-served\"}}\n", 2);

        answers[0].ShouldContain($"\"code\":\"{code}\"");
        answers[1].ShouldContain("still-served");
    }

    [Fact]
    public async Task Request_WithoutEnd_IsRefusedAtTheLimit()
    {
        await using var open = await OpenAsync(_files.At("data"));

        var answers = await AskAsync(_files.At("data"), new string('x', 33 * 1024 * 1024), 1);

        answers[0].ShouldContain("request-too-large");
    }

    [Fact]
    public async Task Listen_AfterADeadProcess_TakesItsPlace()
    {
        var data = _files.At("data");
        Directory.CreateDirectory(data);
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(Path.Combine(data, HostSocket.FileName)));
            // A killed process leaves the file behind; a disposed socket would remove it.
            File.Move(Path.Combine(data, HostSocket.FileName), Path.Combine(data, "moved"));
        }

        File.Move(Path.Combine(data, "moved"), Path.Combine(data, HostSocket.FileName));
        (await HostSocketClient.TryConnectAsync(data, default)).ShouldBeNull();
        await using var open = await OpenAsync(data);

        await using var client = await HostSocketClient.TryConnectAsync(data, default);

        client.ShouldNotBeNull();
    }

    [Fact]
    public async Task Connect_PathLongerThanASocketAddress_Works()
    {
        var data = _files.At(new string('a', 100), new string('b', 100));
        Directory.CreateDirectory(data);
        await using var open = await OpenAsync(data);

        await using var client = await HostSocketClient.TryConnectAsync(data, default);

        client.ShouldNotBeNull();
        File.GetUnixFileMode(Path.Combine(data, HostSocket.FileName)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Gone_HolderCloses_IsTold()
    {
        var open = await OpenAsync(_files.At("data"));
        await using var client = (await HostSocketClient.TryConnectAsync(_files.At("data"), default)).ShouldNotBeNull();

        await open.DisposeAsync();

        await client.Gone.WaitAsync(TimeSpan.FromSeconds(10));
        var error = await Should.ThrowAsync<InfrastructureException>(async () => await new RemoteLoopHost(new FileLedgerReader(_files.At("data")), client, TimeProvider.System).ResumeAsync(new LoopId("x"), default));
        error.Code.ShouldBe("host-gone");
    }

    private static async ValueTask<IAsyncDisposable> OpenAsync(string data)
    {
        var runtime = await LocalHostTests.OwnAsync(new HostSetup(data, new FakeShell().Sandbox, ModelCatalog.Empty, TimeProvider.System));
        return new Open(runtime, HostSocket.Listen(data, runtime.Host, runtime.Starter, NullLogger<HostSocket>.Instance));
    }

    private static async Task<IReadOnlyList<string>> AskAsync(string data, string request, int answers)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(data, HostSocket.FileName)));
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        var sending = SendAsync(stream, Encoding.UTF8.GetBytes(request));
        var lines = new List<string>();
        while (lines.Count < answers && await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) is { } line)
        {
            lines.Add(line);
        }

        await sending;
        return lines;
    }

    private static async Task SendAsync(NetworkStream stream, byte[] request)
    {
        try
        {
            await stream.WriteAsync(request);
        }
        catch (IOException)
        {
            // The other side hung up in the middle, as it should when a request does not end.
        }
    }

    private sealed class Open(LoopRuntime runtime, HostSocket socket) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await runtime.Host.DisposeAsync();
            await socket.DisposeAsync();
            await runtime.DisposeAsync();
        }
    }
}
