using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>The only way out, from inside a real container, to servers on this host's loopback.</summary>
public abstract class EgressContract(SandboxRig rig) : IAsyncLifetime, IDisposable
{
    // Commands bypass their proxy for 127.0.0.1; all of 127/8 is this host.
    private const string Host = "127.0.0.2";

    private readonly SandboxOwner _owner = new(new LoopId($"egress-{Environment.ProcessId}-{Random.Shared.Next():x}"), 1, "tests");
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");
    private readonly DirectoryInfo _workspace = SandboxRig.CreateWorkspace();
    private readonly TcpListener _server = new(IPAddress.Parse(Host), 0);
    private ISandbox _sandbox = null!;
    private volatile int _served;

    public Task InitializeAsync()
    {
        _sandbox = rig.CreateSandbox(_state.FullName);
        _server.Start();
        _ = ServeAsync();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await ((IAsyncDisposable)_sandbox).DisposeAsync();
        _state.Delete(recursive: true);
        _workspace.Delete(recursive: true);
    }

    public void Dispose()
    {
        _server.Dispose();
        GC.SuppressFinalize(this);
    }

    [SkippableFact]
    public async Task Run_DestinationOnTheList_IsReachedByPlainRequest()
    {
        var result = await RunAsync(
            $"python3 -c \"import urllib.request as u; print(u.urlopen('http://{Host}:{Port}/path?q=1').read().decode())\""
        );

        result.ShouldContain("GET /path?q=1 HTTP/1.1");
        result.ShouldContain($"Host: {Host}:{Port}\r\nConnection: close");
    }

    [SkippableFact]
    public async Task Run_DestinationOnTheList_IsReachedByTunnel()
    {
        var result = await RunAsync(Tunnel($"CONNECT {Host}:{Port} HTTP/1.1\\r\\n\\r\\n", then: "GET /through HTTP/1.1\\r\\n\\r\\n"));

        result.ShouldStartWith("HTTP/1.1 200 ");
        result.ShouldContain("GET /through HTTP/1.1");
    }

    [SkippableTheory]
    [InlineData("CONNECT 127.0.0.2:1 HTTP/1.1\\r\\n\\r\\n", "403")]
    [InlineData("CONNECT 127.0.0.3:PORT HTTP/1.1\\r\\n\\r\\n", "403")]
    [InlineData("CONNECT 169.254.169.254:80 HTTP/1.1\\r\\n\\r\\n", "403")]
    [InlineData("GET http://127.0.0.3:PORT/ HTTP/1.1\\r\\nHost: 127.0.0.2:PORT\\r\\n\\r\\n", "403")]
    [InlineData("GET http://127.0.0.2:PORT@127.0.0.3:1/ HTTP/1.1\\r\\n\\r\\n", "400")]
    [InlineData("GET / HTTP/1.1\\r\\nHost: 127.0.0.2:PORT\\r\\n\\r\\n", "400")]
    [InlineData("GET https://127.0.0.2:PORT/ HTTP/1.1\\r\\n\\r\\n", "400")]
    [InlineData("\\x00\\xff\\r\\n\\r\\n", "400")]
    public async Task Run_AnythingElse_IsRefusedAndNeverConnected(string request, string status)
    {
        var result = await RunAsync(Tunnel(request.Replace("PORT", Port, StringComparison.Ordinal), then: ""));

        result.ShouldStartWith($"HTTP/1.1 {status} ");
        _served.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Run_LocalDestinationOfASpecFromTheNetwork_IsRefusedAndNeverConnected()
    {
        var result = await RunAsync(Tunnel($"GET http://{Host}:{Port}/ HTTP/1.1\\r\\n\\r\\n", then: ""), source: SpecSource.Network);

        result.ShouldStartWith("HTTP/1.1 403 ");
        result.ShouldContain("it leads to no public address");
        _served.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Run_ManyConnectionsAndMegabytes_AllArrive()
    {
        var script = $"""
            import threading, urllib.request as u
            data = bytes(range(256)) * 4096
            good = []
            def one(): good.append(u.urlopen(u.Request('http://{Host}:{Port}/echo', data=data)).read().endswith(data))
            all = [threading.Thread(target=one) for _ in range(20)]
            [t.start() for t in all]; [t.join() for t in all]
            print(good.count(True))
            """;

        (await RunAsync($"cat > /tmp/t.py && python3 /tmp/t.py", stdin: script)).ShouldBe("20\n");
    }

    [SkippableFact]
    public async Task Run_WithEgress_HasStillNoNetworkOfItsOwn()
    {
        (
            await RunAsync(
                "awk 'NR > 2 { print $1 }' /proc/net/dev; touch /loopcluster/egress/x 2>&1 | grep -c 'Read-only'; env | grep -c '^HTTPS_PROXY=http://127.0.0.1:3128$'"
            )
        ).ShouldBe("lo:\n1\n1\n");
    }

    private string Port => ((IPEndPoint)_server.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

    private static string Tunnel(string request, string then) =>
        "python3 -c \"import socket,time\ns=socket.create_connection(('127.0.0.1',3128)); s.sendall(b'"
        + request
        + "'); r=s.recv(65536); "
        + (then.Length > 0 ? "s.sendall(b'" + then + "'); s.shutdown(1); x=b'x'\nwhile x: x=s.recv(65536); r+=x\n" : "")
        + "\nprint(r.decode('latin1'))\"";

    private async Task<string> RunAsync(string command, string stdin = "", SpecSource source = SpecSource.File)
    {
        await rig.SkipWithoutEngineAsync();
        var shape = new SandboxShape
        {
            ImageId = await _sandbox.ResolveImageAsync(SandboxRig.Image, default),
            WorkspaceDirectory = _workspace.FullName,
            Limits = new SandboxLimits(),
            Egress = [$"{Host}:{Port}"],
            Source = source,
        };
        var call = new SandboxCall
        {
            Command = command,
            Stdin = Encoding.UTF8.GetBytes(stdin),
            Timeout = TimeSpan.FromSeconds(30),
        };
        return Encoding.UTF8.GetString((await _sandbox.RunAsync(_owner, shape, call, default)).Output.Span);
    }

    // Answers each request with the bytes it came as.
    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var client = await _server.AcceptTcpClientAsync();
                Interlocked.Increment(ref _served);
                _ = EchoAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private static async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var (all, buffer, wanted) = (new MemoryStream(), new byte[65536], long.MaxValue);
            while (all.Length < wanted)
            {
                var count = await stream.ReadAsync(buffer);
                all.Write(buffer, 0, count);
                var text = Encoding.Latin1.GetString(all.ToArray());
                var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0 && wanted == long.MaxValue)
                {
                    var length = text[..end]
                        .Split("\r\n")
                        .FirstOrDefault(l => l.StartsWith("Content-length: ", StringComparison.OrdinalIgnoreCase));
                    wanted = end + 4 + (length is null ? 0 : int.Parse(length.Split(' ')[1], CultureInfo.InvariantCulture));
                }
            }

            await stream.WriteAsync(
                Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {all.Length}\r\nConnection: close\r\n\r\n")
            );
            await stream.WriteAsync(all.ToArray());
        }
    }
}
