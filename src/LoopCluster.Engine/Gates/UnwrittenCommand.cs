using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Tells a gate whose command the maker is to write from one whose tool is missing: both end with a shell's "not found". A path inside the
/// workspace that the base does not have is work still to be done, and so an honest red. Whether the maker may write it is for
/// <see cref="MissingTools"/> to say.
/// </summary>
public static class UnwrittenCommand
{
    /// <summary>The exit code of shells, env, timeout and the like for a command that is not there.</summary>
    private const int NotFound = 127;

    /// <summary>Whether it is worth looking.</summary>
    public static bool MayBe(int? exitCode) => exitCode == NotFound;

    /// <param name="exitCode">Of the gate on the base.</param>
    /// <param name="files">The base's. What is there is not unwritten: then its interpreter is what is missing.</param>
    /// <param name="prepared">Paths of the prepared layer.</param>
    public static bool Is(CommandGate gate, int? exitCode, string output, IReadOnlySet<string> files, IReadOnlyList<string> prepared)
    {
        if (!MayBe(exitCode))
        {
            return false;
        }

        bool IsThere(string path) =>
            files.Contains(path) || prepared.Any(p => path == p || path.StartsWith($"{p}/", StringComparison.Ordinal));
        var commands = ShellReader.Read(gate.Run, "").Select(c => c with { Words = ProtectionPlan.Unwrap(c.Words) }).ToList();
        return MissingTools.LastNotFound(output) is { } found
            ? IsUnwritten(found.Name, commands, IsThere)
            : commands.Any(c =>
                c.Words is [{ } program, ..] && program.Contains('/', StringComparison.Ordinal) && IsUnwritten(program, commands, IsThere)
            );
    }

    private static bool IsUnwritten(string name, IReadOnlyList<ShellCommand> commands, Func<string, bool> isThere)
    {
        if (MissingTools.IsForeign(name))
        {
            return false;
        }

        // A bare name is a program on the PATH, unless it is handed to a shell as its script.
        var naming = commands.Where(c => c.Words.Contains(name)).ToList();
        if (!name.Contains('/', StringComparison.Ordinal) && !naming.Any(c => c.Words is [{ } program, ..] && program != name))
        {
            return false;
        }

        // Named by a script and not by the command itself, it may be meant from any directory the command works in.
        var places = (naming.Count > 0 ? naming : commands).Select(c => ShellReader.Resolve(c.Directory, name)).Distinct().ToList();
        return places.Count > 0 && places.All(path => path is { Length: > 0 } && !isThere(path));
    }
}
