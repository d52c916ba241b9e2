using System.Net.Sockets;
using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Hosting.Socket;

/// <summary>A connection to the process that holds a data directory.</summary>
public sealed class HostSocketClient : IAsyncDisposable
{
    private readonly LineChannel _channel;
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private TaskCompletionSource<HostReply>? _waiting;

    private HostSocketClient(LineChannel channel)
    {
        _channel = channel;
        _reading = ReadAsync();
    }

    /// <summary>Done when the holder has closed the connection, which it does when it ends, however it ends.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Connects, or returns null when nobody listens (a dead process's socket file included).</summary>
    public static async ValueTask<HostSocketClient?> TryConnectAsync(string directory, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(directory, HostSocket.FileName)))
        {
            return null;
        }

        var socket = new System.Net.Sockets.Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var address = SocketAddress.In(directory, HostSocket.FileName);
            await socket.ConnectAsync(address.EndPoint, cancellationToken).ConfigureAwait(false);
            return new HostSocketClient(new LineChannel(socket));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One request and its reply.</summary>
    /// <exception cref="InfrastructureException"><c>host-gone</c>: the holder ended; whether it took the request is not known.</exception>
    /// <exception cref="LoopClusterException">What the holder threw.</exception>
    internal async ValueTask<HostReply> SendAsync(HostRequest request, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(request, HostJson.Default.HostRequest);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var waiting = new TaskCompletionSource<HostReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _waiting, waiting);
            if (_gone.Task.IsCompleted)
            {
                throw HolderGone();
            }

            // Not cancelled from here on: half a line, or a reply nobody takes, would spoil the connection.
            await _channel.WriteAsync(json, CancellationToken.None).ConfigureAwait(false);
            var reply = await waiting.Task.ConfigureAwait(false);
            return reply.Error is { } error ? throw error.ToException() : reply;
        }
        catch (IOException e)
        {
            throw HolderGone(e);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        await _channel.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
        _one.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _channel.ReadAsync(_closing.Token).ConfigureAwait(false) is { } line)
            {
                var reply = JsonSerializer.Deserialize(line, HostJson.Default.HostReply);
                Interlocked.Exchange(ref _waiting, null)?.TrySetResult(reply ?? new HostReply());
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or OperationCanceledException)
        {
            // Told to whoever waits, below.
        }

        _gone.TrySetResult();
        Interlocked.Exchange(ref _waiting, null)?.TrySetException(HolderGone());
    }

    private static InfrastructureException HolderGone(Exception? inner = null) =>
        new("host-gone", "the process that held the data directory has ended; run the command again", inner);
}
