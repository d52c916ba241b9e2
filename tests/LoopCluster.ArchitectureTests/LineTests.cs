namespace LoopCluster.ArchitectureTests;

/// <summary>Lines fit beside each other: the formatter breaks what it can, this test says what it could not.</summary>
public sealed class LineTests
{
    private const int Columns = 140;

    [Fact]
    public void Lines_OfCode_FitIntoTheColumns() =>
        new[] { "src", "tests", "bench" }
            .SelectMany(room => Directory.EnumerateFiles(Path.Combine(RoomTests.Root, room), "*.cs", SearchOption.AllDirectories))
            .SelectMany(TooLong)
            .ShouldBeEmpty("run 'dotnet csharpier format .'; comments are wrapped by hand");

    /// <summary>A text that is quoted as it is, a script or a message, may be as long as it is.</summary>
    private static IEnumerable<string> TooLong(string file)
    {
        var (number, quoted) = (0, false);
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var holdsText = quoted || line.Contains('"', StringComparison.Ordinal);
            quoted ^= line.Split("\"\"\"").Length % 2 == 0;
            if (line.Length > Columns && (!holdsText || line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !quoted))
            {
                yield return $"{Path.GetRelativePath(RoomTests.Root, file)}:{number}: {line.Length} columns";
            }
        }
    }
}
