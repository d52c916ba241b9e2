namespace LoopCluster.Engine.Checks;

/// <summary>One thing that was tried before a loop is run.</summary>
/// <param name="Name">What was looked at: <c>key</c>, <c>endpoint</c>, <c>price</c>, <c>workspace</c>, <c>gates</c> …</param>
/// <param name="Detail">What was found, in plain words.</param>
/// <param name="Todo">What to do; null when nothing is.</param>
public sealed record CheckFinding(string Name, CheckHealth Health, string Detail, string? Todo = null)
{
    /// <summary>What a run would end with because of it; 0 unless it is bad.</summary>
    public int ExitCode { get; init; }

    /// <summary>Stable code of the refusal, when it is one.</summary>
    public string? Code { get; init; }

    /// <summary>Where in the spec the refusal points at.</summary>
    public string? Path { get; init; }
}
