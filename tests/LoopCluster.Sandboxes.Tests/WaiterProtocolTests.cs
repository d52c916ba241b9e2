using System.Text;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Waiter;

namespace LoopCluster.Sandboxes.Tests;

/// <summary>What this side makes of frames, whole, cut and forged.</summary>
public sealed class WaiterProtocolTests
{
    private static byte[] Frame(char type, params byte[] payload) => [(byte)type, (byte)payload.Length, 0, 0, 0, .. payload];

    private static byte[] Exit(int code) => Frame('X', (byte)code, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0);

    private static (WaiterReport? Report, string Output) Read(int limit, params byte[][] frames) => ReadPieces(limit, int.MaxValue, frames);

    private static (WaiterReport? Report, string Output) ReadPieces(int limit, int size, params byte[][] frames)
    {
        var output = new SandboxOutput(limit);
        var reader = new WaiterReader(output);
        foreach (var piece in frames.SelectMany(f => f).Chunk(size))
        {
            reader.Accept(piece);
        }

        return (reader.Report, Encoding.UTF8.GetString(output.Bytes.Span));
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
        var (_, output) = Read(
            100,
            Frame('O', "head"u8.ToArray()),
            Frame('D', 0, 1, 0, 0, 0, 0, 0, 0),
            Frame('O', "tail"u8.ToArray()),
            Exit(0)
        );

        output.ShouldBe("head\n[256 bytes of output dropped here]\ntail");
    }

    [Fact]
    public void Read_EndAtEveryByte_IsNoReport()
    {
        byte[] all = [.. Frame('R'), .. Frame('S'), .. Frame('O', "hello"u8.ToArray()), .. Exit(0)];

        for (var length = 0; length < all.Length; length++)
        {
            Read(100, all[..length]).Report.ShouldBeNull();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Accept_PiecesOfAnySize_AreTheSameCall(int size)
    {
        var (report, output) = ReadPieces(
            100,
            size,
            Frame('R'),
            Frame('O', "head"u8.ToArray()),
            Frame('D', 0, 1, 0, 0, 0, 0, 0, 0),
            Frame('O', "tail"u8.ToArray()),
            Exit(7),
            Frame('Q')
        );

        output.ShouldBe("head\n[256 bytes of output dropped here]\ntail");
        report.ShouldBe(new WaiterReport(7, false, false, 5));
    }

    [Fact]
    public void Accept_FrameByFrame_IsReadyWithTheFirst()
    {
        var reader = new WaiterReader(new SandboxOutput(100));
        reader.IsReady.ShouldBeFalse();

        reader.Accept(Frame('R'));

        (reader.IsReady, reader.Report).ShouldBe((true, null));
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
        var bytes = WaiterProtocol.WriteCall(
            new SandboxCall
            {
                Command = "é",
                Stdin = "in"u8.ToArray(),
                Timeout = TimeSpan.FromSeconds(1),
                OutputLimit = 5,
                Environment = new Dictionary<string, string> { ["A"] = "1" },
            }
        );

        byte[] expected =
        [
            (byte)'C',
            22,
            0,
            0,
            0,
            0xE8,
            3,
            0,
            0,
            3,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            .. "é"u8,
            .. "A=1\0"u8,
            (byte)'I',
            2,
            0,
            0,
            0,
            .. "in"u8,
            (byte)'Z',
            0,
            0,
            0,
            0,
        ];
        bytes.ShouldBe(expected);
    }
}
