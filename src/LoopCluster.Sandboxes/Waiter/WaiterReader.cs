using System.Buffers.Binary;

namespace LoopCluster.Sandboxes.Waiter;

/// <summary>Takes the waiter's bytes as they come, in pieces of any size, and makes output and report of them.</summary>
internal sealed class WaiterReader(SandboxOutput output)
{
    private const int LongestPayload = 64 * 1024;
    private const int LongestWhole = 14;

    private readonly byte[] _frame = new byte[WaiterProtocol.HeaderLength + LongestWhole];
    private int _have;
    private int _outputLeft;

    /// <summary>The waiter is up.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Null until its last frame has come whole.</summary>
    public WaiterReport? Report { get; private set; }

    /// <exception cref="InvalidDataException">What came is no waiter's.</exception>
    public void Accept(ReadOnlySpan<byte> bytes)
    {
        // Nothing follows a report.
        while (bytes.Length > 0 && Report is null)
        {
            if (_outputLeft > 0)
            {
                var part = bytes[..Math.Min(bytes.Length, _outputLeft)];
                output.Add(part);
                _outputLeft -= part.Length;
                bytes = bytes[part.Length..];
                continue;
            }

            var missing = Math.Min(bytes.Length, FrameLength - _have);
            bytes[..missing].CopyTo(_frame.AsSpan(_have));
            _have += missing;
            bytes = bytes[missing..];
            TakeFrame();
        }
    }

    // Known once the header is there; of output the header alone is collected.
    private int FrameLength =>
        _have < WaiterProtocol.HeaderLength ? WaiterProtocol.HeaderLength : WaiterProtocol.HeaderLength + PayloadLength;

    private int PayloadLength => BinaryPrimitives.ReadInt32LittleEndian(_frame.AsSpan(1));

    private void TakeFrame()
    {
        if (_have < WaiterProtocol.HeaderLength)
        {
            return;
        }

        var (type, length) = ((char)_frame[0], BinaryPrimitives.ReadUInt32LittleEndian(_frame.AsSpan(1)));
        if (length > LongestPayload)
        {
            throw new InvalidDataException($"a frame of {length} bytes");
        }

        if (type == 'O')
        {
            (_outputLeft, _have) = ((int)length, 0);
            return;
        }

        if (!((type is 'R' or 'S' && length == 0) || (type == 'D' && length == 8) || (type == 'X' && length == LongestWhole)))
        {
            throw new InvalidDataException($"a frame of type {_frame[0]} and {length} bytes");
        }

        if (_have < FrameLength)
        {
            return;
        }

        TakeWhole(type, _frame.AsSpan(WaiterProtocol.HeaderLength, (int)length));
        _have = 0;
    }

    private void TakeWhole(char type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case 'R':
                IsReady = true;
                break;
            case 'D':
                output.Drop(BinaryPrimitives.ReadInt64LittleEndian(payload));
                break;
            case 'X':
                Report = new WaiterReport(
                    BinaryPrimitives.ReadInt32LittleEndian(payload),
                    payload[4] != 0,
                    payload[5] != 0,
                    BinaryPrimitives.ReadInt64LittleEndian(payload[6..])
                );
                break;
        }
    }
}
