using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Files that say more than what steers a runner, such as dependencies: the part that does. A change that leaves this part as it was is the
/// project's own business.
/// </summary>
public static class ConfigText
{
    private static readonly string[] PythonSections =
    [
        "tool.pytest",
        "tool.coverage",
        "tool.tox",
        "tool.nox",
        "tool.hatch.envs",
        "tool.poe",
        "project.entry-points",
        "tool.poetry.plugins",
        "tool:pytest",
        "pytest",
        "coverage",
        "testenv",
        "tox",
        "options.entry_points",
        "unittest",
        "nose",
    ];
    private static readonly string[] CargoNeutral =
    [
        "dependencies",
        "dev-dependencies",
        "build-dependencies",
        "workspace.dependencies",
        "features",
        "[bin]",
        "badges",
        "package.metadata",
    ];
    private static readonly string[] LocalSpecs = ["file:", "link:", "portal:", "npm:", "git", "http", "workspace:"];
    private static readonly HashSet<string> PackageNeutral =
    [
        "name",
        "version",
        "description",
        "keywords",
        "license",
        "author",
        "contributors",
        "repository",
        "homepage",
        "bugs",
        "files",
        "main",
        "module",
        "types",
        "typings",
        "bin",
        "private",
        "dependencies",
        "devDependencies",
        "peerDependencies",
        "optionalDependencies",
        "engines",
        "funding",
        "sideEffects",
        "browserslist",
        "publishConfig",
    ];

    /// <summary>Whether <see cref="SteeringPart"/> knows this file; others steer as a whole.</summary>
    public static bool Knows(string path) =>
        IsMixed(path) || path.EndsWith("_test.go", StringComparison.Ordinal) || NameOf(path) is "__init__.py" or "entry_points.txt";

    /// <summary>A file of the base may be changed as long as the part that steers stays.</summary>
    public static bool IsMixed(string path) =>
        NameOf(path) is "pyproject.toml" or "setup.cfg" or "tox.ini" or "package.json" or "Cargo.toml" or "go.mod";

    /// <summary>The part that steers; empty when there is none. Null text (unreadable, too long) counts as steering as a whole.</summary>
    public static string SteeringPart(string path, string? text) =>
        text is null
            ? "\0"
            : NameOf(path) switch
            {
                "pyproject.toml" or "setup.cfg" or "tox.ini" => Sections(
                    text,
                    name => PythonSections.Any(s => name.StartsWith(s, StringComparison.Ordinal)),
                    line => line.Contains("pytest11", StringComparison.Ordinal) || IsDottedTool(line)
                ),
                "Cargo.toml" => Sections(
                    text,
                    name =>
                        !CargoNeutral.Any(s =>
                            name.StartsWith(s, StringComparison.Ordinal) || name.EndsWith("." + s, StringComparison.Ordinal)
                        ),
                    line => line.Contains("path", StringComparison.Ordinal) || line.Contains("git", StringComparison.Ordinal)
                ),
                "go.mod" => string.Join(
                    '\n',
                    text.Split('\n')
                        .Select(l => l.Trim())
                        .Where(l =>
                            l.StartsWith("replace", StringComparison.Ordinal)
                            || l.Contains("=>", StringComparison.Ordinal)
                            || l.StartsWith("exclude", StringComparison.Ordinal)
                            || l.StartsWith("module", StringComparison.Ordinal)
                            || l.StartsWith("tool", StringComparison.Ordinal)
                        )
                ),
                "package.json" => PackagePart(text),
                // unittest asks a package for its tests in place of looking for them.
                "__init__.py" => string.Join('\n', text.Split('\n').Where(l => l.Contains("load_tests", StringComparison.Ordinal))),
                "entry_points.txt" => Sections(text, name => name is not ("console_scripts" or "gui_scripts"), _ => false),
                _ => text.Split('\n')
                    .FirstOrDefault(l =>
                        l.StartsWith("func ", StringComparison.Ordinal)
                        && l.AsSpan(5).TrimStart().StartsWith("TestMain", StringComparison.Ordinal)
                    )
                    ?? "",
            };

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    // "tool.pytest.ini_options.addopts = ..." and "tool = { pytest = ... }" need no section.
    private static bool IsDottedTool(string line)
    {
        var key = line.Split('=')[0]
            .Replace(" ", "", StringComparison.Ordinal)
            .Replace("\"", "", StringComparison.Ordinal)
            .Replace("'", "", StringComparison.Ordinal);
        return line.Contains('=', StringComparison.Ordinal)
            && (
                key == "tool"
                || PythonSections.Any(s =>
                    key.StartsWith(s + ".", StringComparison.Ordinal)
                    || key == s
                    || ("tool." + key).StartsWith(s + ".", StringComparison.Ordinal)
                )
            );
    }

    private static string Sections(string text, Func<string, bool> steers, Func<string, bool> lineSteers)
    {
        var kept = new StringBuilder();
        var inside = false;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (line[0] == '[' && raw.TrimStart() == raw.TrimStart('\ufeff').TrimStart())
            {
                var name = line.Trim('[')
                    .Split(']')[0]
                    .Replace(" ", "", StringComparison.Ordinal)
                    .Replace("\"", "", StringComparison.Ordinal)
                    .Replace("'", "", StringComparison.Ordinal);
                // An array such as "[1, 2]," inside a value is no header; one that looks like one only makes more count.
                inside = steers(line.StartsWith("[[", StringComparison.Ordinal) ? $"[{name}]" : name) && steers(name);
            }

            if (inside || lineSteers(line))
            {
                kept.Append(line).Append('\n');
            }
        }

        return kept.ToString();
    }

    private static string PackagePart(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 64 });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                return text;
            }

            var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (!PackageNeutral.Contains(member.Name))
                {
                    kept[member.Name] = member.Value.GetRawText();
                }
                else if (member.Name.EndsWith("ependencies", StringComparison.Ordinal))
                {
                    // "file:./fake" would put a runner of the change's own in place.
                    var local = member.Value.GetRawText();
                    if (LocalSpecs.Any(p => local.Contains($"\"{p}", StringComparison.Ordinal)))
                    {
                        kept[member.Name] = local;
                    }
                }
            }

            return string.Join('\n', kept.Select(k => $"{k.Key}={k.Value}"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return text;
        }
    }
}
