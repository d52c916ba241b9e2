using System.Buffers.Binary;
using System.Text;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.Waiter;

/// <summary>How the waiter ended a call: its last frame.</summary>
internal sealed record WaiterReport(int ExitCode, bool TimedOut, bool OutOfMemory, long OutputBytes);

/// <summary>The frames of <c>Waiter/waiter.c</c>: one byte type, four bytes length (little endian), payload.</summary>
internal static class WaiterProtocol
{
    public const int HeaderLength = 5;

    public static ReadOnlySpan<byte> Heartbeat => [(byte)'H', 0, 0, 0, 0];

    /// <summary>The whole call: <c>C</c>, <c>I</c> for standard input, <c>Z</c>.</summary>
    public static byte[] WriteCall(SandboxCall call)
    {
        var environment = string.Concat(call.Environment.Select(e => $"{e.Key}={e.Value}\0"));
        var commandLength = Encoding.UTF8.GetByteCount(call.Command);
        var payload = 16 + commandLength + Encoding.UTF8.GetByteCount(environment);
        var stdin = call.Stdin.Length == 0 ? 0 : HeaderLength + call.Stdin.Length;
        var all = new byte[HeaderLength + payload + stdin + HeaderLength];
        var rest = all.AsSpan();

        WriteHeader(ref rest, 'C', payload);
        WriteUInt32(ref rest, (uint)Math.Clamp(call.Timeout.TotalMilliseconds, 1, uint.MaxValue));
        WriteUInt32(ref rest, (uint)(call.OutputLimit - call.OutputLimit / 2));
        WriteUInt32(ref rest, (uint)(call.OutputLimit / 2));
        WriteUInt32(ref rest, (uint)commandLength);
        rest = rest[Encoding.UTF8.GetBytes(call.Command, rest)..];
        rest = rest[Encoding.UTF8.GetBytes(environment, rest)..];
        if (stdin > 0)
        {
            WriteHeader(ref rest, 'I', call.Stdin.Length);
            call.Stdin.Span.CopyTo(rest);
            rest = rest[call.Stdin.Length..];
        }

        WriteHeader(ref rest, 'Z', 0);
        return all;
    }

    private static void WriteHeader(ref Span<byte> to, char type, int length)
    {
        to[0] = (byte)type;
        to = to[1..];
        WriteUInt32(ref to, (uint)length);
    }

    private static void WriteUInt32(ref Span<byte> to, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to, value);
        to = to[sizeof(uint)..];
    }
}
