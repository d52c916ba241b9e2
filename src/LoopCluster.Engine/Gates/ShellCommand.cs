namespace LoopCluster.Engine.Gates;

/// <summary>One command of a shell line as far as it can be known without running it.</summary>
/// <param name="Words">Unquoted. A word with an expansion in it is null.</param>
/// <param name="Directory">Where it runs, from the root of the tree; null when that is not known.</param>
/// <param name="IsPiped">Its output goes to another command or a file: what it prints is judged, not what it says with its exit
/// code.</param>
internal sealed record ShellCommand(
    IReadOnlyList<string?> Words,
    string? Directory,
    bool IsPiped,
    IReadOnlyDictionary<string, string> Environment
);
