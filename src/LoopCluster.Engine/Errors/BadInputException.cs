namespace LoopCluster.Engine.Errors;

/// <summary>One fault of an input, with the path to it, for example <c>gates[0].run</c>.</summary>
public sealed record InputFault(string Path, string Message)
{
    /// <summary>All of them, a line each.</summary>
    public static string Join(IEnumerable<InputFault> faults) =>
        string.Join("\n", faults.Select(f => f.Path.Length == 0 ? f.Message : $"{f.Path}: {f.Message}"));
}

/// <summary>What a person gave cannot be used. All faults are reported at once. Exit code 2.</summary>
public sealed class BadInputException(string code, IReadOnlyList<InputFault> faults) : LoopClusterException(code, InputFault.Join(faults))
{
    public BadInputException(string code, string path, string message)
        : this(code, [new InputFault(path, message)]) { }

    public IReadOnlyList<InputFault> Faults { get; } = faults;
}
