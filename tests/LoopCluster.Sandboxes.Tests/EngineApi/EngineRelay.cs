using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>The engine's socket as a TCP port of this host, with mutual TLS or without; its connections can be cut.</summary>
internal sealed class EngineRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, Task> _open = new();
    private readonly SslServerAuthenticationOptions? _tls;

    private EngineRelay(SslServerAuthenticationOptions? tls)
    {
        _tls = tls;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Endpoint => new($"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public static EngineRelay Plain() => new(null);

    /// <summary>Asks for a certificate of the authority, as dockerd does with <c>--tlsverify</c>.</summary>
    public static EngineRelay Tls(string authorityFile, string serverFile, string serverKeyFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        return new EngineRelay(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = X509Certificate2.CreateFromPemFile(serverFile, serverKeyFile),
                ClientCertificateRequired = true,
                CertificateChainPolicy = policy,
            }
        );
    }

    /// <summary>
    /// Ends every connection there is, and returns when each has ended: a socket that is still being read from closes later than it is told
    /// to. New ones are taken.
    /// </summary>
    public void Cut()
    {
        var open = _open.ToArray();
        foreach (var (client, _) in open)
        {
            client.Dispose();
        }

        Task.WaitAll([.. open.Select(o => o.Value)]);
    }

    public void Dispose()
    {
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                // Known before it is served, so that a cut finds it.
                var served = new TaskCompletionSource();
                _open[client] = served.Task;
                _ = ServeAsync(client, served);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ServeAsync(Socket client, TaskCompletionSource served)
    {
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Stream near = new NetworkStream(client, ownsSocket: true);
            if (_tls is not null)
            {
                var secure = new SslStream(near);
                await secure.AuthenticateAsServerAsync(_tls);
                near = secure;
            }

            await engine.ConnectAsync(new UnixDomainSocketEndPoint("/var/run/docker.sock"));
            await using var far = new NetworkStream(engine, ownsSocket: true);
            await using (near)
            {
                // The end of either side is the end of the connection.
                await await Task.WhenAny(near.CopyToAsync(far), far.CopyToAsync(near));
            }
        }
        catch (Exception e)
            when (e is IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
            // Cut, refused or ended: the side under test tells.
        }
        finally
        {
            client.Dispose();
            _open.TryRemove(client, out _);
            served.SetResult();
        }
    }
}
