using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace LoopCluster.Runtime.Hosting.Socket;

/// <summary>Lines of UTF-8 over a socket, each at most <see cref="MostBytes"/> long.</summary>
internal sealed class LineChannel : IAsyncDisposable
{
    /// <summary>A spec has at most 1 MiB of inline files and a script of 4 MiB for each of four roles; JSON escapes make some bytes two, few of them six.</summary>
    public const int MostBytes = 32 * 1024 * 1024;

    private readonly NetworkStream _stream;
    private readonly PipeReader _reader;

    public LineChannel(System.Net.Sockets.Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = PipeReader.Create(_stream);
    }

    /// <summary>The next line without its end, or null when the other side has closed.</summary>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                _reader.AdvanceTo(buffer.GetPosition(1, end));
                return line;
            }

            if (buffer.Length > MostBytes)
            {
                throw new InvalidDataException($"a request may have at most {MostBytes} bytes");
            }

            _reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(json, cancellationToken).ConfigureAwait(false);
        await _stream.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }
}
