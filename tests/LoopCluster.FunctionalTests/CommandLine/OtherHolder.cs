using System.Net.Sockets;
using System.Text;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>Listens where a holder would. To whatever is sent it says one thing, or nothing and is gone.</summary>
internal sealed class OtherHolder : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _taken = [];
    private readonly Task _serving;
    private readonly string? _answer;

    /// <param name="answer">Null: dies at the first request.</param>
    public OtherHolder(string directory, string? answer)
    {
        Directory.CreateDirectory(directory);
        _answer = answer;
        _listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, DirectorySocket.FileName)));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Die();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var answering = new List<Task>();
        try
        {
            while (true)
            {
                var taken = await _listener.AcceptAsync();
                lock (_taken)
                {
                    _taken.Add(taken);
                }

                answering.Add(AnswerAsync(taken));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(answering);
        }
    }

    private async Task AnswerAsync(Socket taken)
    {
        try
        {
            if (await taken.ReceiveAsync(new byte[64 * 1024]) == 0)
            {
                return;
            }

            if (_answer is null)
            {
                Die();
                return;
            }

            await taken.SendAsync(Encoding.UTF8.GetBytes(_answer));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side hung up, or the test is over.
        }
    }

    private void Die()
    {
        _listener.Dispose();
        lock (_taken)
        {
            _taken.ForEach(t => t.Dispose());
        }
    }
}
