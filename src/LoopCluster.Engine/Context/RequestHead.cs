using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Context;

/// <summary>
/// All that a request says beside its turns depends on this and on nothing else, so that what was written for one need not be written again
/// for the same one (<see cref="RequestFrame"/>).
/// </summary>
internal readonly record struct RequestHead(
    AgentProfile Profile,
    LoopCreated Created,
    BaseImported Imported,
    LoopSpec Spec,
    string? Plan,
    Frontier Frontier,
    int DroppedTurns,
    int InheritedAttempts,
    ModelBinding Model,
    ModelDialect Dialect,
    int MaxTokens,
    RoleCase? Case = null,
    string? Explored = null,
    SkillsChosen? Skills = null
)
{
    public static RequestHead Of(LoopState state, Agent agent, ModelBinding model, int maxTokens = 0)
    {
        var conversation = agent.Conversation;
        return new(
            agent.Profile,
            state.Created,
            state.Imported,
            state.Spec,
            state.Plan,
            conversation.Frontier,
            conversation.DroppedTurns,
            state.InheritedAttempts,
            model,
            state.Dialect(model),
            maxTokens,
            AgentNames.RoleOf(agent.Name) switch
            {
                AgentNames.Judge => JudgeCase.Of(state, agent),
                AgentNames.Explore => ExploreCase.Of(state),
                _ => null,
            },
            state.Explored,
            agent.Name == AgentNames.Make ? state.Skills : null
        );
    }

    /// <summary>The very same objects: they are immutable, and comparing what is in them would cost more than it spares.</summary>
    public bool IsSameAs(in RequestHead other) =>
        ReferenceEquals(Frontier, other.Frontier)
        && MaxTokens == other.MaxTokens
        && DroppedTurns == other.DroppedTurns
        && InheritedAttempts == other.InheritedAttempts
        && ReferenceEquals(Case, other.Case)
        && ReferenceEquals(Skills, other.Skills)
        && ReferenceEquals(Created, other.Created)
        && ReferenceEquals(Imported, other.Imported)
        && ReferenceEquals(Spec, other.Spec)
        && ReferenceEquals(Plan, other.Plan)
        && ReferenceEquals(Explored, other.Explored)
        && ReferenceEquals(Model, other.Model)
        && ReferenceEquals(Dialect, other.Dialect)
        && ReferenceEquals(Profile, other.Profile);
}
