namespace LoopCluster.Engine.Errors;

/// <summary>
/// The root of every exception of the product. <see cref="Code"/> is stable and goes into problem details and <c>--json</c> errors;
/// the message says what was wrong, where, and what to do.
/// </summary>
public class LoopClusterException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable kebab-case code such as <c>ledger-conflict</c>.</summary>
    public string Code { get; } = code;
}
