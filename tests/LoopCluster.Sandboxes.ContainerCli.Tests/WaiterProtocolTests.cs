using System.Text;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.ContainerCli.Tests;

/// <summary>What this side makes of frames, whole, cut and forged.</summary>
public sealed class WaiterProtocolTests
{
    private static byte[] Frame(char type, params byte[] payload) => [(byte)type, (byte)payload.Length, 0, 0, 0, .. payload];

    private static byte[] Exit(int code) => Frame('X', (byte)code, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0);

    private static (WaiterReport? Report, string Output) Read(int limit, params byte[][] frames)
    {
        var output = new SandboxOutput(limit);
        var report = WaiterProtocol.Read(new MemoryStream([.. frames.SelectMany(f => f)]), output, () => { });
        return (report, Encoding.UTF8.GetString(output.Bytes.Span));
    }

    [Fact]
    public void Read_WholeCall_YieldsOutputAndReport()
    {
        var (report, output) = Read(100, Frame('R'), Frame('S'), Frame('O', "hello"u8.ToArray()), Exit(3));

        output.ShouldBe("hello");
        report.ShouldBe(new WaiterReport(3, false, false, 5));
    }

    [Fact]
    public void Read_Gap_IsOneLineThatSaysHowMuch()
    {
        var (_, output) = Read(100, Frame('O', "head"u8.ToArray()), Frame('D', 0, 1, 0, 0, 0, 0, 0, 0), Frame('O', "tail"u8.ToArray()), Exit(0));

        output.ShouldBe("head\n[256 bytes of output dropped here]\ntail");
    }

    [Fact]
    public void Read_EndAtEveryByte_IsNoReport()
    {
        byte[] all = [.. Frame('R'), .. Frame('S'), .. Frame('O', "hello"u8.ToArray()), .. Exit(0)];

        for (var length = 0; length < all.Length; length++)
        {
            WaiterProtocol.Read(new MemoryStream(all, 0, length), new SandboxOutput(100), () => { }).ShouldBeNull();
        }
    }

    [Fact]
    public void Read_WhatNoWaiterSends_IsRefused()
    {
        Should.Throw<InvalidDataException>(() => Read(100, Frame('Q')));
        Should.Throw<InvalidDataException>(() => Read(100, Frame('X', 0)));
        Should.Throw<InvalidDataException>(() => Read(100, [(byte)'O', 255, 255, 255, 255]));
        Should.Throw<InvalidDataException>(() => Read(4, Frame('O', "hello"u8.ToArray())));
        Should.Throw<InvalidDataException>(() => Read(4, Frame('D', 1, 0, 0, 0, 0, 0, 0, 0), Frame('D', 1, 0, 0, 0, 0, 0, 0, 0)));
        Should.Throw<InvalidDataException>(() => Read(4, Frame('D', 255, 255, 255, 255, 255, 255, 255, 255)));
    }

    [Fact]
    public void WriteCall_AllParts_AreFramedInOrder()
    {
        var bytes = WaiterProtocol.WriteCall(new SandboxCall
        {
            Command = "é", Stdin = "in"u8.ToArray(), Timeout = TimeSpan.FromSeconds(1), OutputLimit = 5, Environment = new Dictionary<string, string> { ["A"] = "1" },
        });

        byte[] expected =
        [
            (byte)'C', 22, 0, 0, 0, 0xE8, 3, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, .. "é"u8, .. "A=1\0"u8,
            (byte)'I', 2, 0, 0, 0, .. "in"u8,
            (byte)'Z', 0, 0, 0, 0,
        ];
        bytes.ShouldBe(expected);
    }
}
