using System.Text.RegularExpressions;

namespace LoopCluster.Engine.Gates;

/// <summary>A failing check for each runner other than Python's: at the end of a file of tests, or in a file beside it.</summary>
public sealed partial record CanaryPlan
{
    private const string NodeTest = "node:test";
    private const string Stem = "zzz_loopcluster_canary";
    private const string TypeName = "ZzzLoopClusterCanaryTest";

    /// <summary>
    /// A program of tests that comes to its end in an orderly way, with whatever code, ends red: the first of its exit handlers runs last.
    /// If it checks by <c>assert</c>, that must fail too.
    /// </summary>
    private static string OfC(string text, string nonce) =>
        $$"""

            #include <stdlib.h>
            #include <unistd.h>
            static void {{Stem}}_end(void)
            {
                static const char said[] = "{{nonce}}\n";
                if (write(2, said, sizeof said - 1) < 0) { _exit(2); }
                {{(text.Contains("assert(", StringComparison.Ordinal) ? OfAssert(nonce) : "")}}
                _exit(1);
            }
            __attribute__((constructor)) static void {{Stem}}_begin(void) { atexit({{Stem}}_end); }

            """;

    private static string OfAssert(string nonce) =>
        $$"""
            static const char fooled[] = "{{nonce}}{{FooledMark}}assert never fails\n";
                assert(sizeof fooled == 0);
                if (write(2, fooled, sizeof fooled - 1) < 0) { _exit(2); }
                _exit(0);
            """;

    private static (string, string)? OfGo(string path, string text, string nonce) =>
        Package().Match(text) is { Success: true } package
            ? (
                Beside(path, $"{Stem}_test.go"),
                $"package {package.Groups[1].Value}\n\nimport \"testing\"\n\nfunc TestZzzLoopClusterCanary(t *testing.T) {{ t.Fatal(\"{nonce}\") }}\n"
            )
            : null;

    private static string OfRust(string nonce) =>
        $"\n#[cfg(test)]\nmod {Stem} {{\n    #[test]\n    fn zzz() {{ panic!(\"{nonce}\"); }}\n}}\n";

    /// <param name="project">Text of the project that holds the tests.</param>
    private static (string, string)? OfDotnet(string path, string project, string nonce)
    {
        var (onType, onTest) =
            project.Contains("xunit", StringComparison.OrdinalIgnoreCase) ? ("", "[Xunit.Fact]")
            : project.Contains("nunit", StringComparison.OrdinalIgnoreCase) ? ("[NUnit.Framework.TestFixture]", "[NUnit.Framework.Test]")
            : project.Contains("mstest", StringComparison.OrdinalIgnoreCase)
                ? ("[Microsoft.VisualStudio.TestTools.UnitTesting.TestClass]", "[Microsoft.VisualStudio.TestTools.UnitTesting.TestMethod]")
            : ("", "");
        // Elsewhere a file beside the project is no part of it.
        var takesAll =
            project.Contains("Sdk=", StringComparison.Ordinal) && !project.Contains("EnableDefaultCompileItems", StringComparison.Ordinal);
        return onTest.Length == 0 || !takesAll
            ? null
            : (
                Beside(path, $"{TypeName}.cs"),
                $"{onType} public class {TypeName} {{ {onTest} public void Zzz() => throw new System.Exception(\"{nonce}\"); }}\n"
            );
    }

    private static (string, string)? OfJava(string path, string text, string nonce)
    {
        var annotation =
            text.Contains("org.junit.jupiter", StringComparison.Ordinal) ? "org.junit.jupiter.api.Test"
            : text.Contains("org.junit.Test", StringComparison.Ordinal) || text.Contains("org.junit.*", StringComparison.Ordinal)
                ? "org.junit.Test"
            : text.Contains("org.testng", StringComparison.Ordinal) ? "org.testng.annotations.Test"
            : null;
        return annotation is null || JavaPackage().Match(text) is not { Success: true } package
            ? null
            : (
                Beside(path, $"{TypeName}.java"),
                $"package {package.Groups[1].Value};\n\npublic class {TypeName} {{\n    @{annotation}\n    public void zzz() {{ throw new RuntimeException(\"{nonce}\"); }}\n}}\n"
            );
    }

    private static string? OfNode(string runner, string text, string nonce)
    {
        var isModule = Import().IsMatch(text);
        var fails = $"(\"{nonce}\", () => {{ throw new Error(\"{nonce}\"); }});\n";
        return runner switch
        {
            NodeTest when !text.Contains("node:test", StringComparison.Ordinal) => null,
            _ when text.Contains("node:test", StringComparison.Ordinal) => isModule
                ? $"\nimport {{ test as {Stem} }} from \"node:test\";\n{Stem}{fails}"
                : $"\nrequire(\"node:test\").test{fails}",
            "vitest" => isModule ? $"\nimport {{ test as {Stem} }} from \"vitest\";\n{Stem}{fails}" : null,
            "jest" => $"\ntest{fails}",
            "mocha" => $"\nit{fails}",
            // A script that checks with its exit code. One that ends itself would never come to a last line.
            _ when text.Contains("process.exit", StringComparison.Ordinal) => null,
            _ => $"\nthrow new Error(\"{nonce}\");\n",
        };
    }

    private static string Beside(string path, string name) =>
        path.LastIndexOf('/') is var slash and >= 0 ? path[..(slash + 1)] + name : name;

    [GeneratedRegex(@"(?:^|\n)package ([A-Za-z_][A-Za-z0-9_]*)", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Package();

    [GeneratedRegex(@"(?:^|\n)package ([A-Za-z_][A-Za-z0-9_.]*);", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex JavaPackage();

    [GeneratedRegex(@"(?:^|\n)\s*import[\s{*""']", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex Import();
}
