using System.Text;
using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Tests.Tools;

public sealed class FileToolTests : IDisposable
{
    private readonly ToolRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("a.txt")]
    [InlineData("./a.txt")]
    [InlineData("/workspace/a.txt")]
    [InlineData("/workspace//./a.txt")]
    public async Task ReadFile_AnySpellingOfThePath_GivesTheExactBytes(string path)
    {
        _rig.Put("a.txt", "one\r\ntwo\t\n\n");

        (await _rig.CallAsync("read_file", new { path })).ShouldBe((ToolOutcome.Ok, "one\r\ntwo\t\n\n"));
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("x/../../a")]
    [InlineData("/etc/passwd")]
    [InlineData("/workspacefoo/a")]
    [InlineData("/workspace/../etc/passwd")]
    public async Task ReadFile_PathOutside_IsRefusedBeforeItReachesTheFiles(string path)
    {
        var (outcome, output) = await _rig.CallAsync("read_file", new { path });

        outcome.ShouldBe(ToolOutcome.Error);
        output.ShouldStartWith("read_file: argument 'path' must");
    }

    [Fact]
    public async Task ReadFile_Range_SaysWhichLinesAndHowToReadOn()
    {
        _rig.Put("a", "1\n2\n3\n4\n5");

        (
            await _rig.CallAsync(
                "read_file",
                new
                {
                    path = "a",
                    start = 2,
                    end = 3,
                }
            )
        ).Output.ShouldBe("[lines 2-3 of 5]\n2\n3\n");
        (await _rig.CallAsync("read_file", new { path = "a", start = 4 })).Output.ShouldBe("[lines 4-5 of 5]\n4\n5");
        (await _rig.CallAsync("read_file", new { path = "a", start = 6 })).ShouldBe(
            (ToolOutcome.Error, "error: 'start' is 6, but there are only 5 lines")
        );
        (
            await _rig.CallAsync(
                "read_file",
                new
                {
                    path = "a",
                    start = 3,
                    end = 2,
                }
            )
        ).Outcome.ShouldBe(ToolOutcome.Error);
        (
            await _rig.CallAsync(
                "read_file",
                new
                {
                    path = "a",
                    start = 1,
                    end = 99,
                }
            )
        ).Output.ShouldBe("1\n2\n3\n4\n5");
    }

    [Fact]
    public async Task ReadFile_LongFile_IsReadWholeByFollowingTheHeaders()
    {
        var lines = string.Concat(Enumerable.Range(1, 5000).Select(i => $"line {i} é\n"));
        _rig.Put("a", lines);
        var read = new StringBuilder();
        for (int? start = 1; start is not null; )
        {
            var (outcome, output) = await _rig.CallAsync("read_file", new { path = "a", start });
            outcome.ShouldBe(ToolOutcome.Ok);
            Encoding.UTF8.GetByteCount(output).ShouldBeLessThanOrEqualTo(OutputText.InlineLimit);
            var header = output[..output.IndexOf('\n', StringComparison.Ordinal)];
            read.Append(output[(header.Length + 1)..]);
            start = header.Split("start: ") is [_, var next]
                ? int.Parse(next.TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture)
                : null;
        }

        read.ToString().ShouldBe(lines);
    }

    [Fact]
    public async Task ReadFile_OneLongLine_IsCutAtACharacterAndSaysSo()
    {
        _rig.Put("a", new string('é', 100_000) + "\nend\n");

        var (_, output) = await _rig.CallAsync("read_file", new { path = "a" });

        output.ShouldStartWith("[lines 1-1 of 2; read on with start: 2; line 1 is longer");
        output.ShouldNotContain('\uFFFD');
    }

    [Theory]
    [InlineData("gone", "gone")]
    [InlineData("bin", "binary (4 bytes)")]
    public async Task ReadFile_Unreadable_TellsWhy(string path, string reason)
    {
        _rig.Put("bin", [1, 0, 2, 3]);

        var (outcome, output) = await _rig.CallAsync("read_file", new { path });

        (outcome, output.Contains(reason, StringComparison.Ordinal)).ShouldBe((ToolOutcome.Error, true), output);
    }

    [Theory]
    [InlineData("read_file", "link")]
    [InlineData("read_file", "up/passwd")]
    [InlineData("write_file", "link")]
    [InlineData("write_file", "up/planted")]
    [InlineData("write_file", ".git/config")]
    [InlineData("write_file", "sub/.GIT/hooks/x")]
    [InlineData("edit_file", "link")]
    [InlineData("list_files", "up")]
    [InlineData("search", "up")]
    [InlineData("search", "link")]
    public async Task AnyFileTool_LinkOutOrGitEntry_IsRefused(string tool, string path)
    {
        var outside = System.IO.Directory.CreateTempSubdirectory("outside-");
        try
        {
            var target = Path.Combine(outside.FullName, "passwd");
            File.WriteAllText(target, "root:x");
            File.CreateSymbolicLink(Path.Combine(_rig.Directory, "link"), target);
            System.IO.Directory.CreateSymbolicLink(Path.Combine(_rig.Directory, "up"), outside.FullName);

            var arguments = new Dictionary<string, string> { ["path"] = path };
            foreach (
                var (name, value) in tool switch
                {
                    "write_file" => [("content", "x")],
                    "edit_file" => [("old", "root"), ("new", "x")],
                    "search" => new[] { ("pattern", "root") },
                    _ => [],
                }
            )
            {
                arguments[name] = value;
            }

            var (outcome, output) = await _rig.CallAsync(tool, arguments);

            outcome.ShouldBe(ToolOutcome.Error, output);
            output.ShouldNotContain("root:x");
            File.ReadAllText(target).ShouldBe("root:x");
            outside.GetFiles().Length.ShouldBe(1);
        }
        finally
        {
            outside.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task WriteFile_NewPath_WritesUtf8AsGiven()
    {
        (await _rig.CallAsync("write_file", new { path = "./d/e.txt", content = "é\r\n" })).ShouldBe(
            (ToolOutcome.Ok, "wrote 4 bytes to d/e.txt")
        );
        _rig.Get("d/e.txt").ShouldBe("é\r\n");
    }

    [Fact]
    public async Task EditFile_OneMatch_ReplacesItAndNothingElse()
    {
        _rig.Put("a", [.. "x = 1\n"u8, 0xFF, 0xFE, .. "\ny = 2\n"u8]);

        (
            await _rig.CallAsync(
                "edit_file",
                new
                {
                    path = "a",
                    old = "y = 2",
                    @new = "y = 3",
                }
            )
        ).ShouldBe((ToolOutcome.Ok, "edited a at line 3"));
        File.ReadAllBytes(Path.Combine(_rig.Directory, "a")).ShouldBe([.. "x = 1\n"u8, 0xFF, 0xFE, .. "\ny = 3\n"u8]);
    }

    [Theory]
    [InlineData("one\r\ntwo\r\nthree\r\n", "two", "2a\n2b", "one\r\n2a\r\n2b\r\nthree\r\n", ", its CRLF line endings kept")]
    [InlineData("one\r\ntwo\r\nthree\r\n", "one\ntwo\n", "1\n2\n", "1\r\n2\r\nthree\r\n", ", its CRLF line endings kept")]
    [InlineData("one\r\ntwo", "two", "2a\n2b", "one\r\n2a\r\n2b", ", its CRLF line endings kept")]
    [InlineData("one\ntwo\r\nthree\n", "two", "2a\n2b", "one\n2a\r\n2b\r\nthree\n", "mixes line endings")]
    [InlineData("one\r\ntwo\nthree\r\n", "two", "2a\n2b", "one\r\n2a\n2b\nthree\r\n", "")]
    [InlineData("one\r\ntwo\r\n", "one\r\n", "1\n", "1\ntwo\r\n", "")]
    [InlineData("one\ntwo\n", "two", "2a\r\n2b", "one\n2a\r\n2b\n", "now mixed, LF and CRLF")]
    [InlineData("one\r\ntwo\r\n", "two", "2", "one\r\n2\r\n", "")]
    public async Task EditFile_CrLf_LinesEndAsTheOnesTheyStandAt(
        string content,
        string old,
        string replacement,
        string expected,
        string told
    )
    {
        _rig.Put("f", content);

        var (outcome, output) = await _rig.CallAsync(
            "edit_file",
            new
            {
                path = "f",
                old,
                @new = replacement,
            }
        );

        outcome.ShouldBe(ToolOutcome.Ok, output);
        _rig.Get("f").ShouldBe(expected);
        output.ShouldContain(told);
        (told.Length > 0 || output == $"edited f at line {(old.StartsWith("one", StringComparison.Ordinal) ? 1 : 2)}").ShouldBeTrue(output);
    }

    [Theory]
    [InlineData("one\r\ntwo\r\n", "1\n2\n3\n", "1\r\n2\r\n3\r\n", "wrote 9 bytes to f, its CRLF line endings kept")]
    [InlineData("one\r\n", "1\n2", "1\r\n2", ", its CRLF line endings kept")]
    [InlineData("one\r\n", "1\r\n2\r\n", "1\r\n2\r\n", "wrote 6 bytes to f")]
    [InlineData("one\ntwo\n", "1\n2\n", "1\n2\n", "wrote 4 bytes to f")]
    [InlineData("one\r\ntwo\n", "1\n2\n", "1\n2\n", "the file mixed line endings, LF and CRLF, and now has LF only")]
    [InlineData("one\r\ntwo\n", "1\r\n2\r\n", "1\r\n2\r\n", "and now has CRLF only")]
    [InlineData("one\r\n", "1\r\n2\n", "1\r\n2\n", "its line endings are now mixed, LF and CRLF")]
    [InlineData("one\n", "1\r\n2\n", "1\r\n2\n", "its line endings are now mixed, LF and CRLF")]
    [InlineData("one\n", "1\r\n", "1\r\n", "its lines ended with LF and now end with CRLF")]
    [InlineData("no end", "1\n", "1\n", "wrote 2 bytes to f")]
    [InlineData("a\0b\r\n", "1\n", "1\n", "wrote 2 bytes to f")]
    public async Task WriteFile_OverAFile_KeepsItsLineEndsOrTellsTheMix(string before, string content, string expected, string told)
    {
        _rig.Put("f", before);

        var (outcome, output) = await _rig.CallAsync("write_file", new { path = "f", content });

        outcome.ShouldBe(ToolOutcome.Ok, output);
        _rig.Get("f").ShouldBe(expected);
        (
            told.StartsWith("wrote", StringComparison.Ordinal) && !told.Contains(',', StringComparison.Ordinal)
                ? output == told
                : output.Contains(told, StringComparison.Ordinal)
        ).ShouldBeTrue(output);
    }

    [Fact]
    public async Task WriteFile_NewBesideATwin_IsWrittenAndTold()
    {
        _rig.Put("cafe\u0301.txt", "x\r\n");

        var (outcome, output) = await _rig.CallAsync("write_file", new { path = "caf\u00e9.txt", content = "1\n" });

        outcome.ShouldBe(ToolOutcome.Ok, output);
        output.ShouldContain("Beside it there is \"cafe\\u0301.txt\", whose name differs only in its Unicode form");
        (_rig.Get("cafe\u0301.txt"), _rig.Get("caf\u00e9.txt")).ShouldBe(("x\r\n", "1\n"));
        (await _rig.CallAsync("write_file", new { path = "caf\u00e9.txt", content = "2\n" })).Output.ShouldBe(
            "wrote 2 bytes to caf\u00e9.txt"
        );
    }

    [Theory]
    [InlineData("read_file", "{\"path\":\"Main.py\"}")]
    [InlineData("edit_file", "{\"path\":\"Main.py\",\"old\":\"x\",\"new\":\"y\"}")]
    [InlineData("search", "{\"path\":\"Main.py\",\"pattern\":\"x\"}")]
    public async Task FileTools_NearName_IsNamed(string tool, string arguments)
    {
        _rig.Put("main.py", "x");

        var result = await _rig.RunAsync(tool, arguments);

        result.Outcome.ShouldBe(ToolOutcome.Error);
        Encoding
            .UTF8.GetString(result.Output.Span)
            .ShouldContain("Main.py does not exist. There is \"main.py\", whose name differs only in case: give it exactly so.");
    }

    [Theory]
    [InlineData("a\na\n", "a", "occurs 2 times in f, at lines 1, 2")]
    [InlineData("aaa", "aa", "occurs 2 times in f, at lines 1")]
    [InlineData("def f():\n    return 1\n", "def f():\n\treturn 1", "only whitespace differs, at line 1:\ndef f():\n    return 1")]
    [InlineData("one\ntwo\nthree\nfour\n", "two\nthree!", "this comes nearest, at line 2:\none\ntwo\nthree\nfour")]
    [InlineData("value = compute(a, b)\n", "value = compute(a, c)", "this comes nearest, at line 1")]
    [InlineData("zzz", "completely different", "nothing like it")]
    [InlineData("", "x", "the file is empty")]
    [InlineData("same", "same", "the same")]
    public async Task EditFile_NotExactlyOneMatch_TellsWhatIsThere(string content, string old, string expected)
    {
        _rig.Put("f", content);

        var (outcome, output) = await _rig.CallAsync(
            "edit_file",
            new
            {
                path = "f",
                old,
                @new = "same",
            }
        );

        outcome.ShouldBe(ToolOutcome.Error);
        output.ShouldContain(expected, Case.Sensitive);
        _rig.Get("f").ShouldBe(content);
    }

    [Theory]
    [InlineData(null, null, "a.py\nsub/\n")]
    [InlineData("sub", null, "sub/b.py\nsub/c.txt\n")]
    [InlineData(null, "*.py", "a.py\nsub/b.py\n")]
    [InlineData("sub", "*.py", "sub/b.py\n")]
    [InlineData(null, "sub/**", "sub/b.py\nsub/c.txt\n")]
    [InlineData(null, "**/[b-c].{py,txt}", "sub/b.py\nsub/c.txt\n")]
    [InlineData(null, "?.py", "a.py\nsub/b.py\n")]
    [InlineData(null, "[!a].py", "sub/b.py\n")]
    [InlineData(null, "*.rs", "[no files]")]
    [InlineData(".", null, "a.py\nsub/\n")]
    public async Task ListFiles_PathAndGlob_NarrowTheListing(string? path, string? glob, string expected)
    {
        _rig.Put("a.py", "").Put("sub/b.py", "").Put("sub/c.txt", "");

        (await _rig.CallAsync("list_files", new { path, glob })).ShouldBe((ToolOutcome.Ok, expected));
    }

    [Fact]
    public async Task ListFiles_ManyFilesAndOddNames_StaysBoundedAndOneLineEach()
    {
        _rig.Put("a\nb", "");
        for (var i = 0; i < 1000; i++)
        {
            _rig.Put($"many/file-{i:0000}", "");
        }

        var (_, output) = await _rig.CallAsync("list_files", new { glob = "**" });

        output.ShouldStartWith("\"a\\nb\"\n");
        output.ShouldEndWith(" more: give a path or a narrower glob]");
        output.Length.ShouldBeLessThanOrEqualTo(OutputText.InlineLimit);
    }

    [Fact]
    public async Task Search_Pattern_GivesPathLineAndText()
    {
        _rig.Put("a.py", "x = 1\r\ndef f():\n").Put("sub/b.py", "def g():").Put("bin", [0, .. "def h()"u8]);

        (await _rig.CallAsync("search", new { pattern = "^def \\w+\\(\\):$" })).Output.ShouldBe(
            "a.py:2:def f():\nsub/b.py:1:def g():\n[1 files were not searched: binary, over 1 MiB, links or unreadable]"
        );
        (await _rig.CallAsync("search", new { pattern = "def", path = "sub" })).Output.ShouldBe("sub/b.py:1:def g():\n");
        (await _rig.CallAsync("search", new { pattern = "def", path = "a.py" })).Output.ShouldBe("a.py:2:def f():\n");
        (await _rig.CallAsync("search", new { pattern = "nowhere", path = "sub" })).Output.ShouldBe("[no line matches in 1 files]");
    }

    [Theory]
    [InlineData("(", null, "'pattern'")]
    [InlineData("(?=a)", null, "linear time")]
    [InlineData("a", "gone", "gone")]
    public async Task Search_BadCall_TellsHowToMendIt(string pattern, string? path, string expected)
    {
        var (outcome, output) = await _rig.CallAsync("search", new { pattern, path });

        outcome.ShouldBe(ToolOutcome.Error);
        output.ShouldContain(expected);
    }

    [Fact]
    public async Task Search_ManyLongMatches_StaysBounded()
    {
        _rig.Put("a", string.Concat(Enumerable.Repeat(new string('é', 5000) + "\n", 100)));

        var (_, output) = await _rig.CallAsync("search", new { pattern = "é+" });

        Encoding.UTF8.GetByteCount(output).ShouldBeLessThanOrEqualTo(OutputText.InlineLimit);
        output.ShouldContain("[more lines match: narrow the pattern or give a path]");
    }
}
