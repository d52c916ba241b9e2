using System.Collections;

namespace LoopCluster.Engine.Agents;

/// <summary>
/// The agents of a loop by name. There are few, and one changes with nearly every event: an array is copied faster than a dictionary.
/// </summary>
public readonly struct AgentSet : IReadOnlyCollection<Agent>
{
    private readonly Agent[]? _agents;

    internal AgentSet(params Agent[] agents) => _agents = agents;

    public int Count => _agents?.Length ?? 0;

    public Agent this[string name] => Find(name) ?? throw new KeyNotFoundException($"the loop has no agent '{name}'");

    public Agent? Find(string name) => IndexOf(name) is var at and >= 0 ? _agents![at] : null;

    /// <summary>With <paramref name="agent"/> in the place of the one of its name.</summary>
    public AgentSet With(Agent agent)
    {
        var at = IndexOf(agent.Name);
        var next = new Agent[at < 0 ? Count + 1 : Count];
        for (var i = 0; i < Count; i++)
        {
            next[i] = _agents![i];
        }

        next[at < 0 ? ^1 : at] = agent;
        return new AgentSet(next);
    }

    public AgentSet Each(Func<Agent, Agent> change) => new([.. this.Select(change)]);

    public IEnumerator<Agent> GetEnumerator() => (_agents ?? []).AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(string name)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_agents![i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }
}
