using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Errors;

namespace LoopCluster.ArchitectureTests;

/// <summary>Codes are what callers hold on to: each is in the catalogue, and the catalogue is what the documentation says.</summary>
public sealed partial class ErrorCodeTests
{
    private static readonly string s_catalogue = Path.Combine("LoopCluster.Engine", "Errors", "ErrorCodes.cs");

    private static readonly string s_sources = string.Join(
        '\n',
        Directory
            .EnumerateFiles(Path.Combine(RoomTests.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(s_catalogue, StringComparison.Ordinal))
            .Select(File.ReadAllText)
    );

    [Fact]
    public void Codes_ThatAreThrown_AreInTheCatalogue() =>
        Thrown().Matches(s_sources).Select(m => m.Groups[1].Value).Distinct().Where(code => ErrorCodes.Find(code) is null).ShouldBeEmpty();

    [Fact]
    public void Codes_OfTheCatalogue_AreUsed() =>
        ErrorCodes.All.Select(c => c.Code).Where(code => !s_sources.Contains($"\"{code}\"", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Page_OfErrors_IsTheCatalogue()
    {
        var table = new StringBuilder("| code | kind | what is wrong, and what to do |\n| --- | --- | --- |\n");
        foreach (var code in ErrorCodes.All)
        {
            table.Append($"| `{code.Code}` | {KindOf(code.Kind)} | {code.Meaning} |\n");
        }

        File.ReadAllText(Path.Combine(RoomTests.Root, "docs", "errors.md")).ShouldContain(table.ToString());
    }

    private static string KindOf(ErrorKind kind) =>
        Upper().Replace(kind.ToString(), m => (m.Index == 0 ? "" : " ") + m.Value.ToLowerInvariant());

    [GeneratedRegex("""Exception\(\s*"([a-z]+(?:-[a-z]+)*)",""")]
    private static partial Regex Thrown();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Upper();
}
