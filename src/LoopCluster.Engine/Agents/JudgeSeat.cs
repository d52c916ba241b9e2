using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Agents;

/// <summary>A verifier of a judge gate.</summary>
/// <param name="Agent">Its name, unique in the loop.</param>
public sealed record JudgeSeat(string Gate, string Perspective, string Agent)
{
    /// <summary>
    /// The verifiers of all judge gates in order. One is called by its perspective (<c>judge/security</c>); where several have the same
    /// one, the later have a number behind it.
    /// </summary>
    public static IReadOnlyList<JudgeSeat> Of(LoopSpec spec)
    {
        var seats = new List<JudgeSeat>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var gate in spec.Gates.OfType<JudgeGate>())
        {
            for (var i = 0; i < gate.Judge.Votes; i++)
            {
                var perspective = gate.Judge.Perspectives[i % gate.Judge.Perspectives.Count];
                var name = perspective;
                for (var number = 2; !names.Add(name); number++)
                {
                    name = FormattableString.Invariant($"{perspective}-{number}");
                }

                seats.Add(new JudgeSeat(gate.Name, perspective, $"{AgentNames.Judge}/{name}"));
            }
        }

        return seats;
    }

    public static IEnumerable<JudgeSeat> Of(LoopSpec spec, GateSpec gate) => Of(spec).Where(seat => seat.Gate == gate.Name);

    public static JudgeSeat? Find(LoopSpec spec, string agent) => Of(spec).FirstOrDefault(seat => seat.Agent == agent);
}
