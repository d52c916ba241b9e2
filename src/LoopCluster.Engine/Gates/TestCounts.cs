using System.Globalization;
using System.Text.RegularExpressions;

namespace LoopCluster.Engine.Gates;

/// <summary>How many tests a runner says it ran, and how many of them failed, from the lines with which each ends its report.</summary>
public static partial class TestCounts
{
    private const int MostOutput = 512 * 1024;
    private const int Most = 100_000_000;

    /// <returns>Null when no line of a known kind is there. Several reports, of several commands or packages, are added up.</returns>
    public static TestCount? Of(string output)
    {
        // A report stands at the end of what its runner prints.
        var text = output.Length <= MostOutput ? output : output[^MostOutput..];
        TestCount? sum = null;
        foreach (var raw in text.Split('\n'))
        {
            if (OfLine(Ansi().Replace(raw.TrimEnd('\r'), "")) is { } count)
            {
                sum = new TestCount(Math.Min(Most, (sum?.Ran ?? 0) + count.Ran), Math.Min(Most, (sum?.Failed ?? 0) + count.Failed));
            }
        }

        return sum;
    }

    private static TestCount? OfLine(string line)
    {
        if (Unittest().Match(line) is { Success: true } unittest)
        {
            return new TestCount(Number(unittest.Groups[1].Value), 0);
        }

        if (UnittestFailures().Match(line) is { Success: true } failures)
        {
            return new TestCount(0, Sum(failures.Groups[1].Value, "failures", "errors"));
        }

        if (Pytest().IsMatch(line))
        {
            return Words(line, ["passed", "failed", "error", "errors", "xpassed", "xfailed"], ["failed", "error", "errors"]);
        }

        if (Cargo().Match(line) is { Success: true } cargo)
        {
            return Words(cargo.Groups[1].Value, ["passed", "failed"], ["failed"]);
        }

        if (Jest().Match(line) is { Success: true } jest)
        {
            return Words(jest.Groups[1].Value, ["passed", "failed"], ["failed"]);
        }

        if (Vstest().Match(line) is { Success: true } vstest)
        {
            var (failed, passed) = (Number(vstest.Groups[1].Value), Number(vstest.Groups[2].Value));
            return new TestCount(failed + passed, failed);
        }

        if (Surefire().Match(line) is { Success: true } surefire)
        {
            var failed = Number(surefire.Groups[2].Value) + Number(surefire.Groups[3].Value);
            return new TestCount(Number(surefire.Groups[1].Value) - Number(surefire.Groups[4].Value), failed);
        }

        if (Ctest().Match(line) is { Success: true } ctest)
        {
            return new TestCount(Number(ctest.Groups[2].Value), Number(ctest.Groups[1].Value));
        }

        if (Tap().Match(line) is { Success: true } tap)
        {
            return tap.Groups[1].Value switch
            {
                "pass" => new TestCount(Number(tap.Groups[2].Value), 0),
                "fail" when Number(tap.Groups[2].Value) is var failed => new TestCount(failed, failed),
                _ => null,
            };
        }

        if (Mocha().Match(line) is { Success: true } mocha)
        {
            var count = Number(mocha.Groups[1].Value);
            return new TestCount(count, mocha.Groups[2].Value == "failing" ? count : 0);
        }

        return GoTest().Match(line) is { Success: true } go ? new TestCount(1, go.Groups[1].Value == "FAIL" ? 1 : 0) : null;
    }

    private static TestCount Words(string line, string[] ran, string[] failed) => new(Sum(line, ran), Sum(line, failed));

    private static int Sum(string line, params string[] words)
    {
        var sum = 0;
        foreach (Match match in CountedWord().Matches(line))
        {
            var (count, word) = match.Groups[1].Success ? (match.Groups[1], match.Groups[2]) : (match.Groups[4], match.Groups[3]);
            sum += words.Contains(word.Value) ? Number(count.Value) : 0;
        }

        return sum;
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, Most) : 0;

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    [GeneratedRegex("\\x1b\\[[0-9;]*[A-Za-z]", Linear)]
    private static partial Regex Ansi();

    [GeneratedRegex("^Ran ([0-9]{1,9}) tests? in ", Linear)]
    private static partial Regex Unittest();

    [GeneratedRegex("^FAILED \\(((?:failures|errors)=.*)\\)$", Linear)]
    private static partial Regex UnittestFailures();

    // "3 passed, 1 failed in 0.10s", between equals signs or alone.
    [GeneratedRegex("^=* ?(?:[0-9]{1,9} [a-z]+(?:, )?)+ in [0-9.]+s.*$", Linear)]
    private static partial Regex Pytest();

    [GeneratedRegex("^test result: (?:ok|FAILED)\\. (.*)$", Linear)]
    private static partial Regex Cargo();

    [GeneratedRegex("^ *Tests:? +((?:[0-9]{1,9} [a-z]+(?:, | \\| )?)+.*)$", Linear)]
    private static partial Regex Jest();

    [GeneratedRegex("^(?:Passed|Failed)! +- Failed: +([0-9]{1,9}), Passed: +([0-9]{1,9}),", Linear)]
    private static partial Regex Vstest();

    // The line of the whole, which names no class.
    [GeneratedRegex(
        "^(?:\\[[A-Z]+\\] )?Tests run: ([0-9]{1,9}), Failures: ([0-9]{1,9}), Errors: ([0-9]{1,9}), Skipped: ([0-9]{1,9})$",
        Linear
    )]
    private static partial Regex Surefire();

    [GeneratedRegex("^[0-9]+% tests passed, ([0-9]{1,9}) tests? failed out of ([0-9]{1,9})$", Linear)]
    private static partial Regex Ctest();

    // node:test, as TAP and as its own report.
    [GeneratedRegex("^[#\u2139] (pass|fail) ([0-9]{1,9})$", Linear)]
    private static partial Regex Tap();

    [GeneratedRegex("^ +([0-9]{1,9}) (passing|failing)(?: \\(.*\\))?$", Linear)]
    private static partial Regex Mocha();

    [GeneratedRegex("^ *--- (PASS|FAIL): [^ ]+ \\([0-9.]+s\\)$", Linear)]
    private static partial Regex GoTest();

    [GeneratedRegex("([0-9]{1,9}) ([a-z]+)|([a-z]+)=([0-9]{1,9})", Linear)]
    private static partial Regex CountedWord();
}

/// <param name="Ran">Without those that were skipped.</param>
public readonly record struct TestCount(int Ran, int Failed);
