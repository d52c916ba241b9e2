using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Recognises from a gate's command what decides it: which files of the base the runner collects, which configuration it reads, where it
/// looks for modules. Pure; what files of the base say is given, and what is missing is asked for.
/// </summary>
public sealed partial class ProtectionPlan
{
    private const int MostDepth = 6;
    private const int MostNames = 50;

    private static readonly IReadOnlySet<string> Checkers = WordList.Of(
        """
        test tests testing check checks checker check2 verify verifier validate validator spec specs gate gates grade grader judge
        assert accept acceptance smoke e2e ci lint eval score
        """
    );

    private static readonly IReadOnlySet<string> CheckingTools = WordList.Of(
        "compare comparer compareto diff differ oracle harness expect match matches"
    );

    private readonly HashSet<string> _files;
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal) { "" };
    private readonly IReadOnlyDictionary<string, string?> _texts;
    private readonly SortedSet<string> _runners = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _existing = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _roots = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _steering = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _wanted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<TestSite> _sites = [];
    private bool _runsWhatItBuilds;

    private ProtectionPlan(IEnumerable<string> basePaths, IReadOnlyDictionary<string, string?> texts)
    {
        _files = new HashSet<string>(basePaths, StringComparer.Ordinal);
        _texts = texts;
        foreach (var path in _files)
        {
            for (var above = Parent(path); above.Length > 0 && _folders.Add(above); above = Parent(above)) { }
        }
    }

    /// <param name="basePaths">Every file of the base.</param>
    /// <param name="texts">Text of files of the base as far as they were read; null for one that is too long or no text.</param>
    /// <param name="wanted">Files whose text would tell more. Call again with them.</param>
    public static Protection Make(
        IReadOnlyCollection<string> basePaths,
        IEnumerable<GateSpec> gates,
        IReadOnlyDictionary<string, string?> texts,
        out IReadOnlyCollection<string> wanted
    )
    {
        var plan = new ProtectionPlan(basePaths, texts);
        foreach (var gate in gates.OfType<CommandGate>().Where(g => !g.Unprotected))
        {
            plan.ReadLine(gate.Run, "", 0);
        }

        wanted = [.. plan._wanted.Where(w => plan._files.Contains(w) && !texts.ContainsKey(w))];
        var globs = plan._existing.Select(PathGlob.Parse).ToArray();
        var names = basePaths.Where(p => Array.Exists(globs, g => g.IsMatch(p))).Order(StringComparer.Ordinal).ToList();
        return new Protection
        {
            Runners = [.. plan._runners],
            Existing = [.. plan._existing],
            ModuleRoots = [.. plan._roots],
            Steering = [.. plan._steering],
            Files = names.Count,
            Names = [.. names.Take(MostNames)],
        };
    }

    /// <summary>Where the tests of one gate stand in a tree; otherwise as <see cref="Make"/>.</summary>
    internal static IReadOnlyList<TestSite> SitesOf(
        IReadOnlyCollection<string> paths,
        CommandGate gate,
        IReadOnlyDictionary<string, string?> texts,
        out IReadOnlyCollection<string> wanted
    )
    {
        var plan = new ProtectionPlan(paths, texts);
        plan.ReadLine(gate.Run, "", 0);
        wanted = [.. plan._wanted.Where(w => plan._files.Contains(w) && !texts.ContainsKey(w))];
        // A test program that is only built says nothing when it would fail.
        return plan._runsWhatItBuilds ? plan._sites : [.. plan._sites.Where(s => s.Runner != "c")];
    }

    private void ReadLine(string line, string directory, int depth)
    {
        if (depth > MostDepth || !_seen.Add($"{directory}\n{line}"))
        {
            return;
        }

        foreach (var command in ShellReader.Read(line, directory))
        {
            ReadCommand(command, depth);
        }
    }

    private void ReadCommand(ShellCommand command, int depth)
    {
        if (command.Directory is not { } directory || Unwrap(command.Words) is not [var first, .. var arguments])
        {
            return;
        }

        _runsWhatItBuilds |= first is null || command.Words.Any(IsBuilt);
        ReadComparison(first, arguments, directory);
        if ((first ?? Guess(arguments)) is not { } program)
        {
            return;
        }

        if (command.Environment.TryGetValue("PYTHONPATH", out var paths))
        {
            foreach (var path in paths.Split(':'))
            {
                AddRoot(ShellReader.Resolve(directory, path));
            }
        }

        var name = program[(program.LastIndexOf('/') + 1)..];
        if (name is "cc" or "gcc" or "g++" or "c++" or "clang" or "clang++" or "tcc")
        {
            AddProgram(arguments, directory);
        }

        if (name is "sh" or "bash" or "dash" or "zsh" or "ash" or "." or "source")
        {
            ReadShell(arguments, directory, depth);
        }
        else if (name is "eval")
        {
            ReadLine(string.Join(' ', arguments), directory, depth + 1);
        }
        else if (name is "gradlew" or "mvnw")
        {
            ReadOthers(name, arguments, directory);
        }
        else if (
            program.Contains('/', StringComparison.Ordinal)
            && ShellReader.Resolve(directory, program) is { } script
            && _files.Contains(script)
        )
        {
            ReadScript(script, directory, command.IsPiped, depth);
        }
        else if (
            !(
                ReadPython(name, arguments, directory, command.IsPiped)
                || ReadMake(name, arguments, directory, depth)
                || ReadNode(name, arguments, directory, command.IsPiped, depth)
            )
        )
        {
            ReadOthers(name, arguments, directory);
        }
    }

    /// <summary>A program by its path that is no file of the tree.</summary>
    private bool IsBuilt(string? word) =>
        word is not null
        && (word.StartsWith("./", StringComparison.Ordinal) || word.Contains('/', StringComparison.Ordinal))
        && word[0] is not ('/' or '-')
        && !_files.Contains(word.StartsWith("./", StringComparison.Ordinal) ? word[2..] : word);

    // "$(PYTHON) -m unittest", "$PY check.py": what follows says whose word is missing.
    private static string? Guess(List<string?> arguments) =>
        arguments is ["-m", { }, ..] || arguments.FirstOrDefault()?.EndsWith(".py", StringComparison.Ordinal) == true ? "python3" : null;

    // What only runs another command: "env A=b", "timeout 60", "poetry run", "npx".
    internal static List<string?> Unwrap(IReadOnlyList<string?> words)
    {
        var rest = words.ToList();
        for (var again = true; again && rest.Count > 0; )
        {
            var drop = rest switch
            {
                [
                    "env"
                    or "nice"
                    or "nohup"
                    or "exec"
                    or "command"
                    or "stdbuf"
                    or "setsid"
                    or "ionice"
                    or "sudo"
                    or "xvfb-run"
                    or "time",
                    ..,
                ] => 1
                    + rest.Skip(1)
                        .TakeWhile(w => w is not null && (w.StartsWith('-') || w.Contains('=', StringComparison.Ordinal)))
                        .Count(),
                ["timeout", ..] => 1 + rest.Skip(1).TakeWhile(w => w?.StartsWith('-') == true).Count() + 1,
                ["poetry" or "pipenv" or "pdm" or "hatch" or "rye" or "uv", "run", ..] => 2
                    + rest.Skip(2).TakeWhile(w => w?.StartsWith('-') == true).Count(),
                ["pnpm" or "yarn" or "npm" or "bun", "exec" or "x" or "dlx", ..] => 2
                    + rest.Skip(2).TakeWhile(w => w?.StartsWith('-') == true).Count(),
                ["npx" or "pnpx" or "bunx", ..] => 1 + rest.Skip(1).TakeWhile(w => w?.StartsWith('-') == true).Count(),
                ["coverage", "run", ..] when rest.IndexOf("-m") is > 0 and var at => at + 1,
                ["coverage", "run", ..] => 2 + rest.Skip(2).TakeWhile(w => w?.StartsWith('-') == true).Count(),
                _ => 0,
            };
            again = drop > 0;
            if (rest is ["coverage", "run", ..] && again)
            {
                // "coverage run -m pytest" is "python -m pytest".
                var isModule = rest.IndexOf("-m") > 0;
                rest = [.. isModule ? ["python3", "-m"] : (string?[])["python3"], .. rest.Skip(drop)];
                break;
            }

            rest.RemoveRange(0, Math.Min(drop, rest.Count));
        }

        return rest;
    }

    private void ReadShell(List<string?> arguments, string directory, int depth)
    {
        var options = arguments.TakeWhile(a => a?.StartsWith('-') == true || a?.StartsWith('+') == true).ToList();
        if (arguments.Skip(options.Count).FirstOrDefault() is not { } what)
        {
            return;
        }

        if (options.Any(o => o![0] == '-' && o.Length > 1 && o[1] != '-' && o.Contains('c', StringComparison.Ordinal)))
        {
            ReadLine(what, directory, depth + 1);
        }
        else if (ShellReader.Resolve(directory, what) is { } script && _files.Contains(script))
        {
            Protect("script", script);
            ReadText(script, directory, depth);
        }
    }

    /// <summary>
    /// A file of the base that is run by its name. Whether it judges or is judged shows in its name and in what is done with its output.
    /// </summary>
    private void ReadScript(string script, string directory, bool isPiped, int depth)
    {
        var isShell = Path.GetExtension(script) is ".sh" or ".bash" or "";
        if ((isShell && !isPiped) || IsChecker(script))
        {
            Protect("script", script);
            if (Path.GetExtension(script) == ".py")
            {
                AddScript(script, isPiped);
                AddRoot(Parent(script));
            }
        }

        if (isShell)
        {
            ReadText(script, directory, depth);
        }
    }

    private void ReadText(string script, string directory, int depth)
    {
        _wanted.Add(script);
        if (
            _texts.GetValueOrDefault(script) is { } text
            && !(
                text.StartsWith("#!", StringComparison.Ordinal)
                && !text.AsSpan(0, Math.Min(60, text.Length)).Contains("sh", StringComparison.Ordinal)
            )
        )
        {
            ReadLine(text, directory, depth + 1);
        }
    }

    /// <summary>A word of the path says that it judges: check.py, tests/run.py, run_tests.sh, verify.</summary>
    internal static bool IsChecker(string path) =>
        path.Split('/', '.', '_', '-')
            .Any(word =>
                Checkers.Contains(word.ToLowerInvariant())
                || word.StartsWith("check", StringComparison.OrdinalIgnoreCase)
                || word.StartsWith("test", StringComparison.OrdinalIgnoreCase)
                || word.StartsWith("verify", StringComparison.OrdinalIgnoreCase)
                || word.EndsWith("test", StringComparison.OrdinalIgnoreCase)
                || word.EndsWith("tests", StringComparison.OrdinalIgnoreCase)
            )
        || (
            path.Split('/') is [.., "tools" or "tool" or "scripts" or "script" or "hack" or "util" or "utils", var name]
            && name.Split('.', '_', '-').Any(word => CheckingTools.Contains(word.ToLowerInvariant()))
        );

    private void Protect(string runner, string path)
    {
        _runners.Add(runner);
        _existing.Add(Escape(path));
    }

    private void Collect(string runner, string directory, params ReadOnlySpan<string> globs)
    {
        _runners.Add(runner);
        foreach (var glob in globs)
        {
            _existing.Add(Below(directory, glob));
        }
    }

    private void Steer(string directory, params ReadOnlySpan<string> globs)
    {
        foreach (var glob in globs)
        {
            _steering.Add(Below(directory, glob));
        }
    }

    private void AddTests(string runner, string directory, params ReadOnlySpan<string> globs)
    {
        foreach (var glob in globs)
        {
            _sites.Add(new TestSite(runner, directory, Below(directory, glob)));
        }
    }

    /// <summary>A script that checks by itself. Where its output is what counts, how it ends says nothing.</summary>
    private void AddScript(string script, bool isPiped)
    {
        if (!isPiped && script.EndsWith(".py", StringComparison.Ordinal))
        {
            _sites.Add(new TestSite("script", Parent(script), Escape(script)));
        }
    }

    private void AddRoot(string? directory)
    {
        if (directory is not null)
        {
            _roots.Add(directory);
        }
    }

    private static string Below(string directory, string glob) => directory.Length == 0 ? glob : $"{Escape(directory)}/{glob}";

    private static string Escape(string path) =>
        string.Concat(path.Select(c => "\\*?[]{},!".Contains(c, StringComparison.Ordinal) ? $"\\{c}" : c.ToString()));

    private static string Parent(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : "";

    private bool IsFolder(string path) => _folders.Contains(path);
}
