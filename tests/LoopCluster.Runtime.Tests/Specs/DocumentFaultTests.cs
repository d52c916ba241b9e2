using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Tests.Specs;

/// <summary>What is wrong with a file is told with its name, the line, and what to do.</summary>
public sealed class DocumentFaultTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("loopcluster-document-");

    public static TheoryData<string, string> SyntaxFaults =>
        new()
        {
            { "goal: \"abc\nmodel: m\n", "line 1, column 7: the quote \" that begins here is never closed; write the closing \"" },
            {
                "goal: \"abc\nmodel: \"m\"\n",
                "line 1, column 7: the quote that begins here is not closed before the next key; write the closing quote"
            },
            {
                "goal: x\nmodel: \"abc",
                "line 2, column 8: the quote \" that begins here is never closed; write the closing \" at the end of the text"
            },
            { "goal: 'abc\nmodel: m\n", "line 1, column 7: the quote ' that begins here is never closed; write the closing '" },
            { "goal: it's fine\nmodel: 'abc\n", "line 2, column 8: the quote ' that begins here is never closed" },
            {
                "goal: x\nworkspace: { files: { a: b }\nmodel: m\n",
                "line 2, column 12: the { that opens here is never closed; write the }"
            },
            { "goal: x\ngates: [ { name: a, run: b }\nmodel: m\n", "line 2, column 8: the [ that opens here is never closed; write the ]" },
            {
                "goal: x\ngates: [ { name: a, run: b ] }\n",
                "line 2, column 28: this ] closes nothing: the { of line 2, column 10 is still open"
            },
            {
                "goal: x\nworkspace:\n\tpath: .\n",
                "line 3, column 1: this line is indented with a tab, which YAML does not take; indent it with spaces"
            },
            { "goal: x\nworkspace:\n  path: .\n  \tref: m\n", "line 4, column 3: this line is indented with a tab" },
            {
                "goal: |\n  text with [ and \" in it\n  # no comment\nmodel: { a: b\n",
                "line 4, column 8: the { that opens here is never closed"
            },
            { "goal: @x\n", "line 1, column 7: a value cannot begin with this character; put the whole value in quotes" },
            { "goal: `x`\n", "line 1, column 7: a value cannot begin with this character; put the whole value in quotes" },
            { "goal: x: y\n", "line 1, column 8: there is a ': ' where none can be; put the value in quotes" },
            { "goal: x\nmodel m\ngates: []\n", "a line near here is no 'key: value'; write a space after the colon" },
            { "goal: x\ngoal: y\n", "line 2, column 1: the key 'goal' is there twice" },
            { "goal: x\nmodel: \u0007\n", "line 2: the document has a control character (U+0007) and is probably no text" },
            { "\u007fELF\u0002\u0001", "line 1: the document has a control character (U+007F)" },
            { "goal: x\u0000", "line 1: the document has a control character (U+0000)" },
        };

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(SyntaxFaults))]
    public void Read_FaultOfSyntax_IsToldAlikeForEveryKindOfFile(string text, string expected)
    {
        foreach (var (read, code) in Readers)
        {
            var file = Write(text);

            var fault = Should.Throw<BadInputException>(() => read(file));

            fault.Code.ShouldBe(code);
            fault.Message.ShouldContain(file + ", ");
            fault.Message.ShouldContain(expected);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n  \n")]
    [InlineData("# a comment alone\n---\n")]
    public void Read_EmptyFile_SaysSoAndWhatToWrite(string text)
    {
        foreach (var (read, _) in Readers)
        {
            var file = Write(text);

            Should.Throw<BadInputException>(() => read(file)).Message.ShouldContain($"{file} is empty: write ");
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x67, 0x00 }, "line 1: the document is UTF-16. Save it as UTF-8.")]
    [InlineData(new byte[] { 0x67, 0x0A, 0xC3, 0x28 }, "line 2: the document is not UTF-8: byte 2 does not fit.")]
    public void Read_NoUtf8_SaysSo(byte[] bytes, string expected)
    {
        foreach (var (read, _) in Readers.Take(3))
        {
            var file = Path.Combine(_directory.FullName, "file.yaml");
            File.WriteAllBytes(file, bytes);

            Should
                .Throw<BadInputException>(() => read(file))
                .Message.ShouldBe(
                    $"{file}, {expected}{(expected.EndsWith("fit.", StringComparison.Ordinal) ? " Save it as UTF-8, or name another file if it is no text." : "")}"
                );
        }
    }

    [Fact]
    public void Read_SpecWithKeysWithoutValue_NamesEachLine()
    {
        var file = Write("goal: x\nworkspace:\nmodel: m\ngates:\n  - name: a\n    run:\nbudget:\n");

        var faults = Should.Throw<BadInputException>(() => SpecFile.Read(file)).Faults;

        faults
            .Select(f => (f.Path, f.Message))
            .ShouldBe(
                [
                    ("workspace", $"has no value: give one or leave the key out ({file}, line 2)"),
                    ("gates[0].run", $"has no value: give one or leave the key out ({file}, line 6)"),
                    ("budget", $"has no value: give one or leave the key out ({file}, line 7)"),
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public void Read_ModelsWithKeysWithoutValue_NamesEachLine()
    {
        var file = Write("models:\n  fast:\n    url: http://h/v1\n    model:\n  slow:\n");

        var faults = Should.Throw<BadInputException>(() => ModelCatalog.Load(file, optional: false)).Faults;

        faults.ShouldContain(f =>
            f.Path == "models.fast.model" && f.Message == $"has no value: give one or leave the key out ({file}, line 4)"
        );
        faults.ShouldContain(f => f.Path == "models.slow" && f.Message == $"has no value: give one or leave the key out ({file}, line 5)");
    }

    [Fact]
    public void Read_PolicyFileOfASpec_NamesThePolicyFile()
    {
        var policy = Path.Combine(_directory.FullName, "policy.yaml");
        File.WriteAllText(policy, "rules:\n  - { tool: shell, effect: allow\n");
        var file = Write("goal: x\nworkspace: { files: { a: b } }\nmodel: m\ngates: [ { name: a, run: b } ]\npolicy: policy.yaml\n");

        Should
            .Throw<BadInputException>(() => SpecFile.Read(file))
            .Message.ShouldContain($"{policy}, line 2, column 5: the {{ that opens here is never closed");
    }

    [Fact]
    public void Find_ElementOfAListThatIsThere_IsItsLine()
    {
        var positions = YamlPositions.Of("a:\n  - b: 1\n  - b: [ 2,\n      3 ]\n\"c d\": {\n  e: 1 }\n");

        (
            positions.Find("a"),
            positions.Find("a[1].b"),
            positions.Find("a[1].b[1]"),
            positions.Find("c d.e"),
            positions.Find("a[7].x"),
            positions.Find("z")
        ).ShouldBe((1, 3, 4, 6, 1, null));
    }

    private static (Action<string> Read, string Code)[] Readers =>
        [
            (file => SpecFile.Read(file), "spec-invalid"),
            (file => ModelCatalog.Load(file, optional: false), "models-invalid"),
            (file => ModelScript.Load(file), "script-invalid"),
            (file => SpecFile.ParsePolicy(File.ReadAllText(file), file), "policy-invalid"),
        ];

    private string Write(string text)
    {
        var file = Path.Combine(_directory.FullName, "file.yaml");
        File.WriteAllText(file, text);
        return file;
    }
}
