using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Budgets;

/// <summary>
/// Which usage a reply may be settled at. One that cannot be true is none: the reservation counts, and is marked as assumed.
/// </summary>
public static class UsageRules
{
    /// <param name="said">Whether the reply has any text or call, which takes tokens.</param>
    public static bool IsBelievable(ModelBinding model, Usage usage, bool said) =>
        // A script's usage is what its author wrote, and costs what he wants it to.
        model.Script
            is not null
        || usage switch
        {
            { In: <= 0 } or { Out: < 0 } or { Cached: < 0 } => false,
            { Out: 0 } when said => false,
            { Cached: var cached, In: var prompt } when cached > prompt => false,
            _ => usage.In <= model.Window && usage.Out <= model.Window && usage.In + usage.Out <= 2L * model.Window,
        };
}
