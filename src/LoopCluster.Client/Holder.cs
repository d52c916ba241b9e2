using System.Net.Sockets;

namespace LoopCluster.Client;

/// <summary>The process that holds a data directory, over the socket in it: HTTP without a key, for whoever may open the socket.</summary>
public sealed class Holder : IAsyncDisposable
{
    private readonly Func<CancellationToken, ValueTask<Stream>> _connect;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _watching;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Holder(Func<CancellationToken, ValueTask<Stream>> connect, Stream line)
    {
        _connect = connect;
        // Asked once: whether a request got through shows in the ledger's files, and whoever asks knows what to look for.
        Api = new LoopClient(
            new LoopClientOptions
            {
                Servers = static () => [new Uri("http://localhost/")],
                Connect = connect,
                Patience = TimeSpan.Zero,
            }
        );
        _watching = WatchAsync(line);
    }

    /// <summary>Its API.</summary>
    public LoopClient Api { get; }

    /// <summary>Done when it has ended, however it ended: one connection does nothing but wait for that.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Null when nobody listens (a dead process's socket file included).</summary>
    /// <param name="connect">Opens a connection to the socket.</param>
    public static async ValueTask<Holder?> TryConnectAsync(
        Func<CancellationToken, ValueTask<Stream>> connect,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(connect);
        try
        {
            return new Holder(connect, await connect(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        Api.Dispose();
        _closing.Dispose();
    }

    private async Task WatchAsync(Stream line)
    {
        try
        {
            while (true)
            {
                await using (line.ConfigureAwait(false))
                {
                    await WaitForEndAsync(line).ConfigureAwait(false);
                }

                // A server may hang up on who says nothing; one that has ended takes no other connection.
                line = await _connect(_closing.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            _gone.TrySetResult();
        }
    }

    private async Task WaitForEndAsync(Stream line)
    {
        try
        {
            _ = await line.ReadAsync(new byte[1], _closing.Token).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Broken off: whether it has ended is asked next.
        }
    }
}
