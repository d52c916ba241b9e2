using System.Text.RegularExpressions;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Tells a gate that is red for the wrong reason: what it runs with is not there, often behind a wrapper's exit code 1 or 2. What the maker
/// is there to write is missing rightly on the base, so only three kinds of names count: well-known programs, paths outside of the
/// workspace's own files, and a check the command names that neither goal nor limits let the maker write.
/// </summary>
public static class MissingTools
{
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Multiline;
    private const int MostText = 256 * 1024;
    private const int MostLine = 200;

    /// <summary>Each with the name in group <c>n</c>.</summary>
    private static readonly Regex[] Programs =
    [
        new(@"^.*\bcommand not found: (?<n>[\w./+@-]+)\r?$", Linear),
        new(@"^(.*: )?(?<n>[\w./+@-]+): (command )?not found\r?$", Linear),
        new(@"^make(\[[0-9]+\])?: (?<n>[\w./+@-]+): (No such file or directory|Permission denied)\r?$", Linear),
        new(@"^(/usr/bin/)?env: ['‘]?(?<n>[\w./+@-]+)['’]?: No such file or directory\r?$", Linear),
        new(@"^.*exec: ""(?<n>[\w./+@-]+)"": executable file not found in \$PATH.*$", Linear),
        new(@"^.*\bfailed to run command ['‘](?<n>[\w./+@-]+)['’]: No such file or directory\r?$", Linear),
        new(@"^.*\bspawn (?<n>[\w./+@-]+) ENOENT.*$", Linear),
        new(@"^.*(No such file or directory|\[Errno 2\].*): '?(?<n>[\w./+@-]+)'?\r?$", Linear),
    ];

    private static readonly Regex[] Modules =
    [
        new(@"^.*\bNo module named '?(?<n>[\w.]+)'?.*$", Linear),
        new(@"^.*Cannot find (module|package) '(?<n>[^']+)'.*$", Linear | RegexOptions.IgnoreCase),
        new(@"^error: no such (command|subcommand): [`'](?<n>[\w-]+)['`].*$", Linear),
        new(@"^.*\bcannot load such file -- (?<n>[\w./-]+).*$", Linear),
    ];

    /// <summary>A script that the interpreter of the command was to run.</summary>
    private static readonly Regex[] Scripts =
    [
        new(@"^.*: can't open file '(?<n>[^']+)': \[Errno 2\].*$", Linear),
        new(@"^.*Cannot find module '(?<n>/[^']+)'.*$", Linear),
        new(@"^.*\b(cannot open|can't open|Can't open) (file )?['""]?(?<n>[\w./-]+)['""]?(: No such file.*)?\r?$", Linear),
        new(@"^.*\b(sh|bash|zsh|dash): ([0-9]+: )?(line [0-9]+: )?(?<n>[\w./-]+): (No such file or directory|not found)\r?$", Linear),
        new(@"^.*\bno such file or directory: (?<n>[\w./-]+)\r?$", Linear),
        new(@"^make: (?<n>[\w./-]+): No such file or directory\r?$", Linear),
        new(@"^(.*: )?(?<n>[\w./+@-]*/[\w.+@-]+): (command )?not found\r?$", Linear),
        new(@"^.*(env: |failed to run command )['‘](?<n>[\w./+@-]*/[\w.+@-]+)['’]: No such file or directory\r?$", Linear),
    ];

    /// <summary>What a runner prints once it ran: whatever is missing then is what the tests are about.</summary>
    private static readonly Regex Ran = new(
        @"^(Ran [0-9]+ tests?\b|=+ .*\b[0-9]+ (passed|failed|errors?)\b|[0-9]+ (passed|failed)\b|--- (FAIL|PASS):|FAIL\t|test result: |# tests [0-9]+|Tests:? +.*[0-9]+ (passed|failed)|Failed! +- Failed:)",
        Linear
    );

    private static readonly Regex CheckName = new(@"(test|check|gate|verif|spec|lint|validat)", Linear | RegexOptions.IgnoreCase);

    /// <summary>By how the gate ended on the base.</summary>
    public static MissingTool? Of(LoopSpec spec, CommandGate gate, GateOutcome outcome, string output) =>
        outcome switch
        {
            GateOutcome.Failed => Find(spec, gate, output),
            GateOutcome.NotRun => OfNotRun(output),
            _ => null,
        };

    /// <param name="output">Of a failed run on the base.</param>
    public static MissingTool? Find(LoopSpec spec, CommandGate gate, string output)
    {
        var text = output.Length <= MostText ? output : output[^MostText..];
        if (gate.Evidence is { } evidence && LinearRegex.Create(evidence, multiline: true).IsMatch(text))
        {
            return null;
        }

        return Ran.IsMatch(text)
            ? null
            : First(text, Scripts, name => IsForeign(name) || IsOwnCheck(spec, gate, name))
                ?? First(text, Programs, name => IsForeign(name) || IsKnown(name) || IsCommand(gate.Run, name))
                ?? First(text, Modules, name =>
                    KnownTools.Modules.Contains(name.Split('.', '/')[0]) || (name.StartsWith('@') && KnownTools.Modules.Contains(name))
                );
    }

    /// <summary>
    /// Of a gate that could not start on the base (exit code 127): the program that is not in the sandbox, when the output names one.
    /// </summary>
    public static MissingTool? OfNotRun(string output) =>
        LastNotFound(output) is { } found && (!found.Name.Contains('/', StringComparison.Ordinal) || IsForeign(found.Name)) ? found : null;

    /// <summary>What the last line of the output that names a program or script says is not there; null when none does.</summary>
    internal static MissingTool? LastNotFound(string output)
    {
        var text = output.Length <= MostText ? output : output[^MostText..];
        Match? last = null;
        foreach (var kind in Programs.Concat(Scripts))
        {
            for (var match = kind.Match(text); match.Success; match = match.NextMatch())
            {
                last = match.Groups["n"].Length <= MostLine && match.Index > (last?.Index ?? -1) ? match : last;
            }
        }

        return last is null ? null : ToolOf(last);
    }

    private static MissingTool? First(string text, Regex[] kinds, Func<string, bool> counts)
    {
        foreach (var kind in kinds)
        {
            for (var match = kind.Match(text); match.Success; match = match.NextMatch())
            {
                if (match.Groups["n"].Length <= MostLine && counts(match.Groups["n"].Value))
                {
                    return ToolOf(match);
                }
            }
        }

        return null;
    }

    private static MissingTool ToolOf(Match match)
    {
        var line = match.Value.Trim();
        return new MissingTool(match.Groups["n"].Value, line.Length <= MostLine ? line : SafeText.Of(line[..MostLine]));
    }

    private static bool IsKnown(string name) => !name.Contains('/', StringComparison.Ordinal) && KnownTools.Programs.Contains(name);

    /// <summary>Installed things: a path of the system, or what a package manager puts into the workspace and git ignores.</summary>
    internal static bool IsForeign(string name) =>
        (name.StartsWith('/') && !name.StartsWith("/workspace/", StringComparison.Ordinal) && IsInPrograms(name))
        || name.Contains("node_modules/.bin/", StringComparison.Ordinal)
        || name.Contains("venv/bin/", StringComparison.Ordinal);

    private static bool IsInPrograms(string path) =>
        path.Contains("/bin/", StringComparison.Ordinal) || path.Contains("/sbin/", StringComparison.Ordinal);

    /// <summary>
    /// The command calls it by a bare name, which no file of the workspace answers to. Where it reads in a script of functions, one may be
    /// meant.
    /// </summary>
    private static bool IsCommand(string run, string name) =>
        !name.Contains('/', StringComparison.Ordinal)
        && Regex.IsMatch(run, $@"(^|[;&|(]|\b(exec|then|do|time|env) ) *{Regex.Escape(name)}( |$|[;&|)])", Linear)
        && !Regex.IsMatch(run, @"(^|[;&|(]) *(\.|source) ", Linear);

    /// <summary>A script the command names, whose name says that it checks, and that the maker cannot or is not asked to write.</summary>
    private static bool IsOwnCheck(LoopSpec spec, CommandGate gate, string name)
    {
        var path =
            name.StartsWith("/workspace/", StringComparison.Ordinal) ? name["/workspace/".Length..]
            : name.StartsWith("./", StringComparison.Ordinal) ? name[2..]
            : name;
        var file = path[(path.LastIndexOf('/') + 1)..];
        var isNamed = file.Length > 0 && gate.Run.Contains(file, StringComparison.Ordinal);
        if (!isNamed || path.StartsWith('/'))
        {
            return false;
        }

        var cannot =
            gate.Protect.Any(glob => PathGlob.Parse(glob).IsMatch(path))
            || spec.Changes.Deny.Any(glob => PathGlob.Parse(glob).IsMatch(path))
            || (spec.Changes.Allow.Count > 0 && !spec.Changes.Allow.Any(glob => PathGlob.Parse(glob).IsMatch(path)));
        return cannot || (CheckName.IsMatch(file) && !spec.Goal.Contains(file, StringComparison.OrdinalIgnoreCase));
    }
}
