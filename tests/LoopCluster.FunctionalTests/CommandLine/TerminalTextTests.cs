using LoopCluster.Cli.Output;

namespace LoopCluster.FunctionalTests.CommandLine;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain\ttext\n漢字 🏳", "plain\ttext\n漢字 🏳")]
    [InlineData("a\u001b[2Jb", "a\\u001b[2Jb")]
    [InlineData("a\u009b31mb", "a\\u009b31mb")]
    [InlineData("shown\rhidden", "shown\\u000dhidden")]
    [InlineData("two\r\nlines", "two\r\nlines")]
    [InlineData("a\u202eb", "a\\u202eb")]
    [InlineData("a\U000E0041b", "a\\udb40\\udc41b")]
    [InlineData("a\u2028b", "a\\u2028b")]
    public void Clean_WhatMovesHidesOrReorders_IsVisible(string text, string shown) => TerminalText.Clean(text).ShouldBe(shown);

    [Fact]
    public void Clean_HalfAPair_IsVisible() => TerminalText.Clean("a\ud83db").ShouldBe("a\\ud83db"); // No attribute can hold it.

    [Theory]
    [InlineData("  a\nb\tc  ", 10, "a b c")]
    [InlineData("abcdef", 4, "abc…")]
    [InlineData("ab😀def", 4, "ab…")]
    public void Line_LongText_IsOneWholeLine(string text, int most, string shown) => TerminalText.Line(text, most).ShouldBe(shown);
}
