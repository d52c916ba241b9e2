namespace LoopCluster.Engine.Gates;

/// <summary>What is said, to models and people, when a change steers what is to judge it.</summary>
public static class SteeringText
{
    private const int Most = 20;

    public static string OfChange(IReadOnlyList<string> paths) =>
        $"The gate was not run: the change adds files that would steer it, not pass it: {Names(paths)}. Take them out or give them other names. "
        + $"If the task needs them, its owner allows them in the spec: changes: {{ steer: [{string.Join(", ", paths.Take(Most).Select(Quote))}] }}.";

    public static string OfRun(IReadOnlyList<string> paths) =>
        $"This run does not count: while it ran, something was put in the place of files that the gate rests on: {Names(paths)}";

    public static string OfBlocked(IReadOnlyList<string> paths) =>
        $"not run: what 'prepare' made has no place, because the change put a file or link where a directory was: {string.Join(", ", paths)}";

    private static string Names(IReadOnlyList<string> paths) =>
        string.Join(", ", paths.Take(Most)) + (paths.Count > Most ? $" and {paths.Count - Most} more" : "");

    private static string Quote(string path) =>
        $"\"{path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
