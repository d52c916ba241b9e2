using System.Collections.Immutable;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Agents;

/// <summary>What a loop keeps of one user of models: its conversation, its counters, and the models it may be answered by.</summary>
public sealed record Agent
{
    public required string Name { get; init; }

    /// <summary>In the order in which they are asked.</summary>
    public required ImmutableArray<AgentBinding> Bindings { get; init; }

    /// <summary>What it is shown of the loop.</summary>
    public Conversation Conversation { get; init; } = Conversation.Empty;

    /// <summary>Calls of its last reply, in order.</summary>
    public IReadOnlyList<ToolCall> Calls { get; init; } = [];

    /// <summary>So many of them have a result.</summary>
    public int Answered { get; init; }

    /// <summary>The first that has none.</summary>
    public ToolCall? NextCall => Answered < Calls.Count ? Calls[Answered] : null;

    /// <summary>The position of a script: replies so far and those passed over, and those of the loop this one was forked from.</summary>
    public int Turn { get; init; }

    /// <summary>Replies in a row that were neither an act nor a claim (see <see cref="ReplyFault"/>), a cut text not counted.</summary>
    public int Unheard { get; init; }

    public ReplyFault LastFault { get; init; }

    public ModelTries Tries { get; init; } = ModelTries.None;

    /// <summary>Which of its tiers it has come to, and why.</summary>
    public AgentRoute Route { get; init; } = AgentRoute.Start;

    /// <summary>Where it may be answered by several models: the position of each one's script.</summary>
    public ImmutableDictionary<string, int> Positions { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>The replica that answered it last, and when: it has the prefix of the conversation.</summary>
    public ReplicaUse? Replica { get; init; }

    /// <summary>The position of the model's script.</summary>
    public int TurnOf(string model) => Bindings.Length == 1 ? Turn : Positions.GetValueOrDefault(model);

    internal AgentProfile Profile => AgentProfile.Of(Name);

    /// <summary>The model of its tier with the smallest window: whichever of them is asked, the conversation fits.</summary>
    internal ModelBinding Narrowest
    {
        get
        {
            if (Bindings.Length == 1)
            {
                return Bindings[0].Model;
            }

            AgentBinding? narrowest = null;
            foreach (var binding in Bindings)
            {
                if (binding.Level == Route.Level && (narrowest is null || binding.Model.Window < narrowest.Model.Window))
                {
                    narrowest = binding;
                }
            }

            return (narrowest ?? Bindings[0]).Model;
        }
    }

    /// <summary>The window its conversation has to fit.</summary>
    internal ModelRoom Room => ModelRoom.Of(Narrowest);

    /// <summary>The binding of a request, null when it is none of this agent's.</summary>
    public AgentBinding? Binding(string model)
    {
        foreach (var binding in Bindings)
        {
            if (binding.Model.Name == model)
            {
                return binding;
            }
        }

        return null;
    }

    /// <summary>Its request was answered.</summary>
    /// <param name="wrong">What is wrong with the answer.</param>
    internal Agent Heard(ModelRequested request, ModelReplied reply, ReplyFault wrong) =>
        this with
        {
            Turn = Turn + 1 + reply.Skipped,
            Positions = Bindings.Length == 1 ? Positions : Positions.SetItem(request.Model, TurnOf(request.Model) + 1 + reply.Skipped),
            Unheard = wrong is ReplyFault.None or ReplyFault.Cut ? 0 : Unheard + 1,
            LastFault = wrong,
            Tries = ModelTries.None,
            Conversation = reply.Assumed
                ? Conversation
                : Conversation.Calibrated(reply.Usage.In, request.RequestBytes).Billed(reply.Usage.In, request),
        };

    /// <summary>
    /// In a fork: it goes on where it was, with nothing in hand. The frontier tells another budget, whose figures have other digits.
    /// </summary>
    internal Agent Forked() =>
        this with
        {
            Tries = ModelTries.None,
            Route = Route.Rested(),
            Conversation = Conversation with
            {
                Frontier = Conversation.Frontier with { Spend = new Budgets.BudgetSpend() },
                Count = Conversation.Count with { Base = Conversation.Count.Base + 64 },
            },
        };

    /// <summary>After a rest nothing says any more what its endpoints do.</summary>
    internal Agent Reopened() => this with { Tries = ModelTries.None, Route = Route.Rested(), Conversation = Conversation.Reopened() };
}
