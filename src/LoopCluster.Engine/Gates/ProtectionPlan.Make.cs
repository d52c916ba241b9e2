using System.Text.RegularExpressions;

namespace LoopCluster.Engine.Gates;

/// <summary>make: its file, what that includes, and the commands of the targets that are named.</summary>
public sealed partial class ProtectionPlan
{
    private static readonly string[] MakeFiles = ["GNUmakefile", "makefile", "Makefile"];

    private bool ReadMake(string name, List<string?> arguments, string directory, int depth)
    {
        if (name is not ("make" or "gmake" or "just" or "task" or "rake" or "ninja" or "cmake" or "ctest" or "bazel" or "meson"))
        {
            return false;
        }

        if (name is not ("make" or "gmake"))
        {
            Collect(
                name,
                directory,
                "{justfile,Justfile,.justfile,Taskfile.yml,Taskfile.yaml,Rakefile,build.ninja,CMakeLists.txt,CTestTestfile.cmake,meson.build,WORKSPACE,BUILD}",
                SupportFolders
            );
            Steer(
                directory,
                "{.justfile,Taskfile.yml,CMakePresets.json,CMakeUserPresets.json,CTestCustom.cmake,CTestTestfile.cmake,.bazelrc}"
            );
            return true;
        }

        _runners.Add("make");
        string? file = null;
        var targets = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "-C" or "--directory" when i + 1 < arguments.Count:
                    directory = ShellReader.Resolve(directory, arguments[++i]) ?? directory;
                    break;
                case "-f" or "--file" or "--makefile" when i + 1 < arguments.Count:
                    file = ShellReader.Resolve(directory, arguments[++i]);
                    break;
                case "-j"
                or "-l"
                or "-o"
                or "-W"
                or "-I" when i + 1 < arguments.Count && arguments[i + 1] is { } number && number.All(char.IsAsciiDigit):
                    i++;
                    break;
                case { } target when target.StartsWith("-C", StringComparison.Ordinal):
                    directory = ShellReader.Resolve(directory, target[2..]) ?? directory;
                    break;
                case { Length: > 0 } target when target[0] != '-' && !target.Contains('=', StringComparison.Ordinal):
                    targets.Add(target);
                    break;
            }
        }

        if (file is null)
        {
            Steer(directory, MakeFiles);
            file = MakeFiles.Select(f => directory.Length == 0 ? f : $"{directory}/{f}").FirstOrDefault(_files.Contains);
        }

        if (file is not null && _files.Contains(file))
        {
            ReadMakeFile(file, targets, directory, depth);
        }

        return true;
    }

    private void ReadMakeFile(string file, List<string> targets, string directory, int depth)
    {
        Protect("make", file);
        _wanted.Add(file);
        if (_texts.GetValueOrDefault(file) is not { } text || depth > MostDepth)
        {
            return;
        }

        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["MAKE"] = "make",
            ["CURDIR"] = ".",
            ["SHELL"] = "sh",
        };
        var rules = new Dictionary<string, (List<string> Needs, List<string> Recipe)>(StringComparer.Ordinal);
        var open = new List<string>();
        foreach (var raw in text.ReplaceLineEndings("\n").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            if (raw.StartsWith('\t'))
            {
                open.ForEach(t => rules[t].Recipe.Add(raw.TrimStart('\t', ' ', '@', '-', '+')));
                continue;
            }

            var line = raw.Split('#')[0].Trim();
            if (Include().Match(line) is { Success: true } include)
            {
                var words = Expand(include.Groups[1].Value);
                if (words.Contains('$', StringComparison.Ordinal))
                {
                    // What it comes to is not known: no file of the kind may be new.
                    Steer(directory, "**/*.{mk,mak,make,inc,d,dep}");
                    Collect("make", directory, "**/*.{mk,mak,make,inc}");
                }

                foreach (var word in words.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                {
                    ReadInclude(word, targets, directory, depth);
                }
            }
            else if (Assignment().Match(line) is { Success: true } assignment)
            {
                variables[assignment.Groups[1].Value] = assignment.Groups[2].Value.Trim();
            }
            else if (line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
            {
                open = [.. Expand(line[..colon]).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Take(50)];
                var rest = line[(colon + 1)..].TrimStart(':');
                var semicolon = rest.IndexOf(';', StringComparison.Ordinal);
                foreach (var target in open)
                {
                    rules.TryAdd(target, ([], []));
                    rules[target]
                        .Needs.AddRange(
                            Expand(semicolon < 0 ? rest : rest[..semicolon]).Split([' ', '\t', '|'], StringSplitOptions.RemoveEmptyEntries)
                        );
                    if (semicolon >= 0)
                    {
                        rules[target].Recipe.Add(rest[(semicolon + 1)..]);
                    }
                }
            }
        }

        var pending = new Queue<string>(targets.Count > 0 ? targets : [.. rules.Keys.Where(k => !k.StartsWith('.')).Take(1)]);
        var done = new HashSet<string>(StringComparer.Ordinal);
        while (pending.TryDequeue(out var target))
        {
            if (done.Add(target) && done.Count < 200 && rules.TryGetValue(target, out var rule))
            {
                rule.Needs.ForEach(pending.Enqueue);
                AddProgram(rule.Needs, directory);
                rule.Recipe.ForEach(r => ReadLine(Expand(r), directory, depth + 1));
            }
        }

        string Expand(string value)
        {
            for (var i = 0; i < 4 && value.Contains('$', StringComparison.Ordinal); i++)
            {
                value = Variable().Replace(value, m => variables.GetValueOrDefault(m.Groups[1].Value + m.Groups[2].Value, m.Value));
                value = Function().Replace(value, "$1");
                value = value.Length > 10_000 ? value[..10_000] : value;
            }

            return value.Replace("$$", "$", StringComparison.Ordinal);
        }
    }

    /// <summary>Sources in C whose names say that they hold tests, as a rule or a compiler names them.</summary>
    private void AddProgram(IEnumerable<string?> sources, string directory)
    {
        foreach (var source in sources.Select(s => s is ['-', ..] ? null : ShellReader.Resolve(directory, s)).OfType<string>())
        {
            if (Path.GetExtension(source) is ".c" or ".cc" or ".cpp" or ".cxx" && IsChecker(source) && _files.Contains(source))
            {
                AddTests("c", "", Escape(source));
            }
        }
    }

    // A file that is not there yet would be included once it is.
    private void ReadInclude(string word, List<string> targets, string directory, int depth)
    {
        if (
            word.Contains('$', StringComparison.Ordinal)
            || !PathGlob.TryParse(word, out _, out _)
            || ShellReader.Resolve(directory, word) is not { } path
        )
        {
            return;
        }

        if (!PathGlob.TryParse(path, out var glob, out _))
        {
            return;
        }

        if (!_files.Contains(path))
        {
            _existing.Add(path);
            _steering.Add(path);
        }

        foreach (var file in _files.Where(f => f == path || glob!.IsMatch(f)).Order(StringComparer.Ordinal).Take(MostNames))
        {
            if (depth < MostDepth && _seen.Add("include " + file))
            {
                ReadMakeFile(file, targets, directory, depth + 1);
            }
        }
    }

    /// <summary>Functions that leave names as they are, and the one by which makefiles look for a program.</summary>
    [GeneratedRegex(
        @"\$[({](?:wildcard|sort|strip|abspath|realpath|shell +(?:which|command +-v|type +-p)) +([^(){}$]*?)(?: *2> *[^ (){}$]+)?[)}]",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Function();

    [GeneratedRegex(@"^(?:-include|sinclude|include)\s+(.+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Include();

    [GeneratedRegex(
        @"^(?:export\s+|override\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*(?:[:?+]?:?=)(.*)$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Assignment();

    [GeneratedRegex(
        @"\$(?:\(([A-Za-z_][A-Za-z0-9_]*)\)|\{([A-Za-z_][A-Za-z0-9_]*)\})",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Variable();
}
