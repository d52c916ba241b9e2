using System.Net.Sockets;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting.Socket;

/// <summary>
/// How other processes reach the holder of a data directory: a Unix socket <c>host.sock</c> in it (0600), a JSON request a line, a JSON reply
/// a line, in order. Only the holder of the directory's lock may listen, so a socket file that is there already is a dead process's.
/// </summary>
public sealed partial class HostSocket : IAsyncDisposable
{
    public const string FileName = "host.sock";

    private const int MostConnections = 256;

    private readonly ILoopHost _host;
    private readonly LoopStarter _starter;
    private readonly ILogger _logger;
    private readonly SocketAddress _address;
    private readonly System.Net.Sockets.Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room = new(MostConnections);
    private readonly HashSet<Task> _connections = [];
    private readonly Task _accepting;

    private HostSocket(ILoopHost host, LoopStarter starter, SocketAddress address, System.Net.Sockets.Socket listener, ILogger logger)
    {
        (_host, _starter, _address, _listener, _logger) = (host, starter, address, listener, logger);
        _accepting = AcceptAsync();
    }

    /// <summary>Listens in <paramref name="directory"/>, whose lock the caller holds.</summary>
    /// <exception cref="InfrastructureException"><c>host-socket-unavailable</c>: the file system takes no sockets, or is full.</exception>
    public static HostSocket Listen(string directory, ILoopHost host, LoopStarter starter, ILogger<HostSocket> logger)
    {
        SocketAddress? address = null;
        var listener = new System.Net.Sockets.Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(Path.Combine(directory, FileName));
            address = SocketAddress.In(directory, FileName);
            listener.Bind(address.EndPoint);
            File.SetUnixFileMode(address.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen();
            return new HostSocket(host, starter, address, listener, logger);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            listener.Dispose();
            address?.Dispose();
            throw new InfrastructureException("host-socket-unavailable", $"cannot listen on {Path.Combine(directory, FileName)}: {e.Message}. Put the data directory on a local file system.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] open;
        lock (_connections)
        {
            open = [.. _connections];
        }

        await Task.WhenAll(open).ConfigureAwait(false);
        _address.Dispose();
        _room.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                var socket = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                var serving = ServeAsync(socket);
                lock (_connections)
                {
                    _connections.RemoveWhere(static c => c.IsCompleted);
                    _connections.Add(serving);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            if (!_stop.IsCancellationRequested)
            {
                LogNotListening(_logger, e);
            }
        }
    }

    private async Task ServeAsync(System.Net.Sockets.Socket socket)
    {
        await Task.Yield();
        await using var channel = new LineChannel(socket);
        try
        {
            while (await channel.ReadAsync(_stop.Token).ConfigureAwait(false) is { } line)
            {
                var reply = await AnswerAsync(line).ConfigureAwait(false);
                await channel.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(reply, HostJson.Default.HostReply), _stop.Token).ConfigureAwait(false);
            }
        }
        catch (InvalidDataException e)
        {
            // Where the next request begins is not known: say so and hang up.
            var reply = Refused("request-too-large", e.Message);
            await channel.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(reply, HostJson.Default.HostReply), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            LogHungUp(_logger, e.Message);
        }
        finally
        {
            _room.Release();
        }
    }

    private async ValueTask<HostReply> AnswerAsync(byte[] line)
    {
        try
        {
            var request = JsonSerializer.Deserialize(line, HostJson.Default.HostRequest);
            return request is null ? Refused("request-invalid", "an object is wanted") : await PerformAsync(request, _stop.Token).ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            return Refused("request-invalid", $"not a request: {e.Message}");
        }
        catch (LoopClusterException e)
        {
            return new HostReply { Error = HostError.From(e) };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(_logger, e);
            return new HostReply { Error = HostError.From(new LoopClusterException("internal-error", e.Message)) };
        }
    }

    private async ValueTask<HostReply> PerformAsync(HostRequest request, CancellationToken cancellationToken)
    {
        switch (request)
        {
            case { Start: { } start }:
                var spec = start.Spec.Deserialize(EngineJson.Default.LoopSpec) ?? throw new BadInputException("request-invalid", "start.spec", "is missing");
                await _host.StartAsync(new StartLoop(start.Tenant, spec, IdOf(start.Id), start.RequestHash), cancellationToken).ConfigureAwait(false);
                return new HostReply();
            case { Fork: { } fork }:
                var asked = new ForkLoop(IdOf(fork.Loop), fork.Seq, fork.Budget?.Deserialize(EngineJson.Default.BudgetLimits), IdOf(fork.Id), fork.RequestHash);
                if (fork.Run)
                {
                    await _host.ForkAsync(asked, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await _starter.ForkAsync(asked, cancellationToken).ConfigureAwait(false);
                }

                return new HostReply();
            case { Resume: { } resume }:
                await _host.ResumeAsync(IdOf(resume.Loop), cancellationToken).ConfigureAwait(false);
                return new HostReply();
            case { Signal: { } signal }:
                await _host.SignalAsync(IdOf(signal.Loop), Read(signal), cancellationToken).ConfigureAwait(false);
                return new HostReply();
            default:
                return Refused("request-invalid", "one of start, fork, resume and signal is wanted");
        }
    }

    private static LoopId IdOf(string text) => LoopId.TryParse(text, out var id) ? id : throw new BadInputException("request-invalid", "loop", "is no loop id");

    private static LoopSignal Read(HostSignal signal) => signal.Kind switch
    {
        "cancel" => new CancelSignal(signal.Id, signal.By, signal.Text ?? ""),
        "pause" => new PauseSignal(signal.Id, signal.By, signal.Text ?? ""),
        "resume" => new ResumeSignal(signal.Id, signal.By),
        "message" => new MessageSignal(signal.Id, signal.By, signal.Text ?? ""),
        "approval" => new ApprovalSignal(signal.Id, signal.By, signal.Asked, signal.Granted, signal.Text),
        _ => throw new BadInputException("request-invalid", "signal.kind", "must be cancel, pause, resume, message or approval"),
    };

    private static HostReply Refused(string code, string message) => new() { Error = HostError.From(new BadInputException(code, "", message)) };
}
