using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// Requests and replies: what every agent has in common, and then what a reply means in the role of the agent that got it.
/// </summary>
public static partial class LoopFold
{
    private static LoopState OnModelRequested(LoopState state, ModelRequested e)
    {
        if (state.Agents.Find(e.Agent) is not { } agent || agent.Binding(e.Model) is null)
        {
            return Unfit(state, e, $"the loop has no agent '{e.Agent}' that model '{e.Model}' may answer");
        }

        if (AgentNames.RoleOf(e.Agent) == AgentNames.Judge && state.Judging is not { Reply: null })
        {
            return Unfit(state, e, "no answer of a judge is due");
        }

        if (e.Agent == AgentNames.Explore && state.Exploring is not { Reply: null, Answered: null })
        {
            return Unfit(state, e, "the explorer is asked nothing");
        }

        return OpenFault(state, e)
            ?? state with
            {
                Open = new OpenIntent(e, state.Epoch, state.UpdatedAt),
                Spend = state.Spend with { ReservedTokens = e.Reserved.TokensIn + e.Reserved.TokensOut, ReservedCost = e.Reserved.Cost },
                Agents = state.Agents.With(RoutingRules.Requested(state, agent with { Conversation = agent.Conversation.Requested(e) }, e)),
                // Another tier begins with a clean slate.
                Trace = agent.Binding(e.Model)!.Level == agent.Route.Level ? state.Trace : StuckTrace.Empty,
            };
    }

    private static LoopState OnModelReplied(LoopState state, ModelReplied e, DateTimeOffset at)
    {
        if (Expect<ModelRequested>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        var agent = state.Agents[intent.Agent];
        var wrong = ReplyFaults.Of(e, agent.Profile.ToolsOf(state.Created, state.Imported, state.Planning.Steps is not null));
        agent = FallbackRules.Answered(agent.Heard(intent, e, wrong), intent, wrong, at);
        agent = e.Replica is { } replica ? agent with { Replica = new ReplicaUse(replica.Url, at) } : agent;
        var spend = Billed(state.Spend, e.Usage, e.Cost, e.Assumed) with { Turns = state.Spend.Turns + 1 };
        return AgentNames.RoleOf(agent.Name) switch
        {
            AgentNames.Plan when state.Created.Plans is not null => Drafted(state, agent, e, spend, intent),
            AgentNames.Plan => Planned(state, agent, e, spend, intent),
            AgentNames.Judge => Judged(state, agent, e, spend, intent),
            AgentNames.Explore => Explored(state, agent, e, spend, intent),
            _ => Acted(state, agent, e, wrong, spend, intent),
        };
    }

    /// <summary>A plan is optional: after some empty ones the work goes on without.</summary>
    private static LoopState Planned(LoopState state, Agent agent, ModelReplied e, BudgetSpend spend, ModelRequested intent)
    {
        var asksAgain = agent.Unheard is > 0 and < ReplyFaults.MostInRow;
        Release(state, ref agent);
        return state with
        {
            Open = null,
            Spend = spend,
            Bills = ModelBill.Add(state.Bills, intent, e),
            Overbilled = OverbilledBy(intent.Reserved, e),
            InfrastructureFailures = 0,
            Outage = null,
            NotBefore = default,
            Agents = state.Agents.With(agent),
            Plan = asksAgain ? state.Plan : e.Text,
        };
    }

    private static LoopState Acted(LoopState state, Agent agent, ModelReplied e, ReplyFault wrong, BudgetSpend spend, ModelRequested intent)
    {
        var room = agent.Room;
        var conversation = agent.Conversation.WithReply(e, wrong, room);
        agent = Said(
            state,
            agent with
            {
                Calls = e.Tools,
                Answered = 0,
            },
            e.Finish == ReplyFinish.Length ? conversation.WithRoomForReply(room) : conversation
        );
        var interrupted = Release(state, ref agent);
        return state with
        {
            Open = null,
            Spend = spend,
            Bills = ModelBill.Add(state.Bills, intent, e),
            Overbilled = OverbilledBy(intent.Reserved, e),
            InfrastructureFailures = 0,
            Outage = null,
            NotBefore = default,
            Agents = state.Agents.With(agent),
            Claimed = !interrupted && e.Tools.Count == 0 && wrong == ReplyFault.None,
            Trace = wrong == ReplyFault.Cut ? state.Trace.With(new StuckStep("", "", ToolOutcome.Ok, e.Text)) : state.Trace,
        };
    }

    /// <summary>What was left out with a stride of turns stands in the frontier from then on.</summary>
    private static Agent Said(LoopState state, Agent agent, Conversation next)
    {
        if (next.Strides == agent.Conversation.Strides)
        {
            return agent with { Conversation = next };
        }

        var told = agent with { Conversation = next with { Frontier = next.Frontier.Refreshed(state) } };
        return told with { Conversation = told.Conversation.WithHead(ContextBuilder.FrontierBound(state, told), told.Room) };
    }

    /// <summary>Messages that came during a turn follow it once it is complete.</summary>
    /// <returns>True where some did: the model is to answer them before it may be finished.</returns>
    private static bool Release(LoopState state, ref Agent agent)
    {
        if (agent.NextCall is not null || agent.Conversation.Held.IsEmpty)
        {
            return false;
        }

        agent = Said(state, agent, agent.Conversation.Released(agent.Room));
        return true;
    }

    /// <summary>The state with the agent, and the messages that may follow its turn.</summary>
    private static LoopState Released(LoopState state, Agent agent)
    {
        var interrupted = Release(state, ref agent);
        return state with { Agents = state.Agents.With(agent), Claimed = state.Claimed && !interrupted };
    }

    private static BudgetOverrun? OverbilledBy(Reservation reserved, ModelReplied e) =>
        e.Cost > reserved.Cost ? new BudgetOverrun("cost", reserved.Cost, e.Cost)
        : (decimal)e.Usage.In + e.Usage.Out > reserved.TokensIn + reserved.TokensOut
            ? new BudgetOverrun("tokens", reserved.TokensIn + reserved.TokensOut, (decimal)e.Usage.In + e.Usage.Out)
        : null;

    private static LoopState OnModelFailed(LoopState state, ModelFailed e, DateTimeOffset at)
    {
        if (Expect<ModelRequested>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        var agent = state.Agents[intent.Agent];
        var tries = agent.Tries;
        state = state with
        {
            Open = null,
            Spend = Billed(state.Spend, e.Usage, e.Cost, e.Assumed),
            Bills = ModelBill.Add(state.Bills, intent, e),
            NotBefore = at,
        };
        if (
            e is { Kind: ModelFailureKind.Refused, Rejected: { } rejected }
            && Taught(state, agent.Binding(intent.Model)!.Model, rejected) is { } taught
        )
        {
            // The next try is another request: this one says nothing about whether the model can be had.
            return Released(taught, agent with { Tries = new ModelTries(tries.InRow + 1, null, tries.Lost + 1) });
        }

        agent = FallbackRules.Failed(
            agent with
            {
                Tries = new ModelTries(tries.InRow + 1, e, tries.Lost + (e.Kind == ModelFailureKind.Aborted ? 1 : 0), intent.Model),
            },
            intent,
            e,
            at
        );
        // A refusal is an answer: whatever it was that did not answer before, it is there again.
        var outage = e.Kind == ModelFailureKind.Aborted ? state.Outage : FallbackRules.Outage(state, agent, intent, e, at);
        agent =
            e.Kind == ModelFailureKind.ContextLength
                ? Said(state, agent, agent.Conversation.Shrunk(agent.Room, intent.RequestBytes))
                : agent;
        return Released(state with { Outage = outage, NotBefore = outage?.NextTry ?? at }, agent);
    }

    /// <summary>The state with what a refusal teaches; null when it teaches nothing new.</summary>
    private static LoopState? Taught(LoopState state, ModelBinding model, Specs.RejectedParameter rejected)
    {
        var lesson = $"{model.Name} {rejected.Name}";
        return !state.Lessons.Contains(lesson) && DialectLessons.Learn(state.Dialect(model), model.Stream, rejected) is { } dialect
            ? state with
            {
                Lessons = state.Lessons.Add(lesson),
                Learned = state.Learned.SetItem(model.Name, dialect),
            }
            : null;
    }

    private static BudgetSpend Billed(BudgetSpend spend, Usage usage, decimal cost, bool assumed) =>
        spend with
        {
            TokensIn = BudgetSpend.Raised(spend.TokensIn, usage.In),
            TokensOut = BudgetSpend.Raised(spend.TokensOut, usage.Out),
            TokensCached = BudgetSpend.Raised(spend.TokensCached, usage.Cached),
            Cost = spend.Cost + Math.Max(0, cost),
            TokensAssumed = assumed
                ? BudgetSpend.Raised(BudgetSpend.Raised(spend.TokensAssumed, usage.In), usage.Out)
                : spend.TokensAssumed,
            CostAssumed = spend.CostAssumed + (assumed ? Math.Max(0, cost) : 0),
            ReservedTokens = 0,
            ReservedCost = 0,
        };
}
