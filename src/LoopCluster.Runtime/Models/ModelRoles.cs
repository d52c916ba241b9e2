namespace LoopCluster.Runtime.Models;

/// <summary>What a loop asks a model for. A spec may bind each to a model of its own.</summary>
public static class ModelRoles
{
    public const string Make = "make";
    public const string Judge = "judge";
    public const string Explore = "explore";
    public const string Plan = "plan";

    public static readonly IReadOnlyList<string> All = [Make, Judge, Explore, Plan];
}
