namespace LoopCluster.Engine.Specs;

/// <summary>
/// Keys of <see cref="LoopSpec.Models"/>: the first model of the first tier has the role's own, as where there are no tiers.
/// </summary>
public static class ModelKeys
{
    /// <param name="key">The role, or the judge gate's key.</param>
    /// <param name="tier">From 0.</param>
    /// <param name="model">Its place in the tier, from 0.</param>
    public static string Of(string key, int tier, int model) =>
        (tier, model) == (0, 0) ? key : FormattableString.Invariant($"{key}@{tier + 1}.{model + 1}");
}
