using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoopCluster.Sandboxes.Waiter;

/// <summary>
/// What a command wrote, as the waiter lets it through: a head, at most one gap, a tail. Never holds more than the limit and one line.
/// </summary>
internal sealed class SandboxOutput(int limit)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _kept;
    private bool _gap;

    /// <summary>Bytes the command wrote as far as is known here.</summary>
    public long Total { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <exception cref="InvalidDataException">More than was asked for: the limit is kept inside, so this is no waiter.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        _kept += bytes.Length;
        Total += bytes.Length;
        if (_kept > limit)
        {
            throw new InvalidDataException("more output than was asked for");
        }

        _bytes.Write(bytes);
    }

    public void Drop(long count)
    {
        if (_gap || count <= 0)
        {
            throw new InvalidDataException("a second gap");
        }

        _gap = true;
        Total += count;
        var lineStart = _bytes.WrittenCount == 0 || _bytes.WrittenSpan[^1] == (byte)'\n' ? "" : "\n";
        _bytes.Write(
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{lineStart}[{count} bytes of output dropped here]\n"))
        );
    }
}
