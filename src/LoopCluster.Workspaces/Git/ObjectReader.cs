using System.Text;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Workspaces.Git;

/// <summary>Reads the stream of <c>git cat-file --batch</c>: a line <c>id type size</c>, that many bytes, a line feed.</summary>
internal sealed class ObjectReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _left;
    private bool _isOpen;

    /// <summary>The next object's type and size; the type is null when the repository lacks it.</summary>
    /// <exception cref="EndOfStreamException">Git stopped.</exception>
    public (string? Type, long Size) Next()
    {
        int lineEnd;
        while ((lineEnd = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n')) < 0)
        {
            Fill();
        }

        var parts = Encoding.ASCII.GetString(_buffer, _start, lineEnd).Split(' ');
        _start += lineEnd + 1;
        if (parts is not [_, var type, var size])
        {
            return (null, 0);
        }

        _left = long.Parse(size, System.Globalization.CultureInfo.InvariantCulture);
        _isOpen = true;
        return (type, _left);
    }

    /// <summary>The next piece of the object, empty at its end. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Read()
    {
        if (_start == _end)
        {
            Fill();
        }

        if (_left == 0)
        {
            // The line feed after the content.
            _start++;
            _isOpen = false;
            return default;
        }

        var length = (int)Math.Min(_left, _end - _start);
        var piece = _buffer.AsSpan(_start, length);
        _start += length;
        _left -= length;
        return piece;
    }

    /// <summary>The whole object.</summary>
    public byte[] ReadToEnd()
    {
        var content = new byte[_left];
        var at = 0;
        for (var piece = Read(); !piece.IsEmpty; piece = Read())
        {
            piece.CopyTo(content.AsSpan(at));
            at += piece.Length;
        }

        return content;
    }

    /// <summary>What nobody has read of the object: git waits until somebody does.</summary>
    public void SkipRest()
    {
        while (_isOpen)
        {
            Read();
        }
    }

    public static InfrastructureException Missing(ObjectId id) =>
        new(
            "workspace-unavailable",
            $"The loop's repository lacks the object {id} or holds it damaged. Resuming the loop rebuilds it from its packs."
        );

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var read = stream.Read(_buffer.AsSpan(_end));
        _end += read > 0 ? read : throw new EndOfStreamException();
    }
}
