namespace LoopCluster.Cli.Doctor;

internal enum Health
{
    Good,

    /// <summary>Loops run, but something should be known or mended.</summary>
    Weak,

    /// <summary>Loops cannot run.</summary>
    Bad,
}

/// <param name="Todo">What to do; null when nothing is.</param>
internal sealed record Finding(string Name, Health Health, string Detail, string? Todo = null);
