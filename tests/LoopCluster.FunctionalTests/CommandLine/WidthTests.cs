using System.CommandLine;
using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Output;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>Eighty columns are enough for everything.</summary>
public sealed class WidthTests
{
    private const int Width = 80;

    public static TheoryData<string> Commands => [.. Walk(RootCommands.Create(new CommonOptions()), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_OfEveryCommand_FitsWithoutABrokenWord(string path)
    {
        var options = new CommonOptions();
        var wide = Help(options, path, 4000);

        var help = Help(options, path, Width);

        help.Split('\n').ShouldAllBe(line => line.TrimEnd().Length <= Width, help);
        Words(help).ShouldBe(Words(wide), ignoreOrder: true, "no word is cut in two or left out");
    }

    [Fact]
    public void Lines_TableTooWide_PutsWhatFindsNoPlaceBelowItsRow()
    {
        string[] columns = ["id", "status", "host", "goal"];
        string[][] rows =
        [
            ["a-loop-of-some-name", "budget-exhausted", "one", "short"],
            ["b", "running", "two", new string('g', 60)],
            ["c", "parked", "", ""],
        ];

        var lines = TextTable.Lines(columns, rows, 40).ToList();

        lines.ShouldBe([
            "id                   status",
            "a-loop-of-some-name  budget-exhausted",
            "  host: one  goal: short",
            "b                    running",
            "  host: two",
            "  goal: " + new string('g', 31) + "…",
            "c                    parked",
        ]);
    }

    [Fact]
    public void Lines_TableThatFits_IsOneLineARow() =>
        TextTable
            .Lines(
                ["id", "goal"],
                [
                    ["a", "x y"],
                    ["bb", ""],
                ],
                20
            )
            .ShouldBe(["id  goal", "a   x y", "bb"]);

    [Theory]
    [InlineData("one two three", 8, 0, "one two|three")]
    [InlineData("  one two three", 9, 2, "  one two|  three")]
    [InlineData("a-very-long-word x", 5, 0, "a-very-long-word|x")]
    [InlineData("see 'loop ls --data /d' now", 10, 0, "see|'loop ls --data /d'|now")]
    [InlineData("it's one two", 8, 0, "it's one|two")]
    [InlineData("a\n\nb", 8, 0, "a||b")]
    public void Wrap_Text_BreaksBetweenWordsAndNeverInACommand(string text, int width, int indent, string expected) =>
        string.Join('|', TerminalText.Wrap(text, width, indent)).ShouldBe(expected);

    private static string Help(CommonOptions options, string path, int width)
    {
        var root = RootCommands.Create(options);
        RootCommands.SetHelpWidth(root, width);
        using var output = new StringWriter();
        root.Parse([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])
            .Invoke(new InvocationConfiguration { Output = output })
            .ShouldBe(0);
        return output.ToString();
    }

    private static string[] Words(string text) => text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Walk(Command command, string path) =>
        command.Subcommands.SelectMany(c => Walk(c, $"{path} {c.Name}".Trim())).Prepend(path);
}
