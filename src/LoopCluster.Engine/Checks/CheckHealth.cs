namespace LoopCluster.Engine.Checks;

public enum CheckHealth
{
    Good,

    /// <summary>The loop can be run, but this should be known.</summary>
    Weak,

    /// <summary>A run would end on this.</summary>
    Bad,
}
