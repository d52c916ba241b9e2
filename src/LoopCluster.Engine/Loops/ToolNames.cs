namespace LoopCluster.Engine.Loops;

/// <summary>Tools the engine itself has a rule for.</summary>
public static class ToolNames
{
    /// <summary>Claims that the attempt is finished.</summary>
    public const string Done = "done";

    /// <summary>Reads on in an output that was cut.</summary>
    public const string ReadOutput = "read_output";
}
