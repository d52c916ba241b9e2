using System.Text;

namespace LoopCluster.FaultTests.RealRepository;

/// <summary>
/// A git repository with history: a Python package of three broken modules, and a suite of more than fifty tests that also needs a
/// dependency which is not in it.
/// </summary>
internal static class StatisticsRepository
{
    public const int Tests = 60;

    public const string Averages =
        "from fastmath import total\n\n\ndef mean(values):\n    return total(values) / len(values)\n\n\ndef span(values):\n    return max(values) - min(values)\n";
    public const string Ordering =
        "def ranked(values):\n    return sorted(values, reverse=True)\n\n\ndef middle(values):\n    values = sorted(values)\n    half = len(values) // 2\n    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2\n";
    public const string Words =
        "def initials(text):\n    return ''.join(word[0].upper() for word in text.split())\n\n\ndef palindrome(text):\n    letters = [c.lower() for c in text if c.isalnum()]\n    return letters == letters[::-1]\n";

    /// <summary>Writes the dependency where the tests look for it.</summary>
    public const string Prepare =
        "mkdir -p .deps/fastmath && printf 'def total(values):\\n    return sum(values)\\n' > .deps/fastmath/__init__.py";

    public static async Task CreateAsync(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "stats"));
        Directory.CreateDirectory(Path.Combine(directory, "tests"));
        void Write(string path, string text) => File.WriteAllText(Path.Combine(directory, path), text);
        Write("README.md", "# stats\n");
        Write(".gitignore", ".deps/\n__pycache__/\n");
        Write("stats/__init__.py", "");
        Write("tests/__init__.py", "");
        await Git.RunAsync(directory, "init", "--quiet", "--initial-branch=main");
        await Git.RunAsync(directory, "add", "-A");
        await Git.RunAsync(directory, "commit", "--quiet", "-m", "Begin");
        Write(
            "stats/averages.py",
            "from fastmath import total\n\n\ndef mean(values):\n    return total(values)\n\n\ndef span(values):\n    return max(values)\n"
        );
        Write("stats/ordering.py", "def ranked(values):\n    return sorted(values)\n\n\ndef middle(values):\n    return values[0]\n");
        Write("stats/words.py", "def initials(text):\n    return text[0]\n\n\ndef palindrome(text):\n    return True\n");
        Write(
            "tests/test_averages.py",
            Suite("averages", "mean, span", i =>
                i % 2 == 0
                    ? $"self.assertEqual(mean([{i}, {i + 2}, {i + 7}]), {i + 3})"
                    : $"self.assertEqual(span([{i}, {i * 3}, {i + 1}]), {i * 2})"
            )
        );
        Write(
            "tests/test_ordering.py",
            Suite("ordering", "ranked, middle", i =>
                i % 2 == 0
                    ? $"self.assertEqual(ranked([{i}, {i + 5}, {i + 1}]), [{i + 5}, {i + 1}, {i}])"
                    : $"self.assertEqual(middle([{i + 9}, {i}, {i + 2}]), {i + 2})"
            )
        );
        Write(
            "tests/test_words.py",
            Suite("words", "initials, palindrome", i =>
                i % 2 == 0 ? $"self.assertEqual(initials('a{i} b{i} c{i}'), 'ABC')" : $"self.assertEqual(palindrome('x{i}yz'), False)"
            )
        );
        await Git.RunAsync(directory, "add", "-A");
        await Git.RunAsync(directory, "commit", "--quiet", "-m", "A suite that fails");
    }

    private static string Suite(string module, string names, Func<int, string> body)
    {
        var text = new StringBuilder(
            $"import unittest\n\nfrom stats.{module} import {names}\n\n\nclass {char.ToUpperInvariant(module[0])}{module[1..]}Tests(unittest.TestCase):\n"
        );
        for (var i = 1; i <= Tests / 3; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"    def test_{i}(self):\n        {body(i)}\n\n");
        }

        return text.ToString();
    }
}
