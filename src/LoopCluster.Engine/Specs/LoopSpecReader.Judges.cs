namespace LoopCluster.Engine.Specs;

public static partial class LoopSpecReader
{
    private const int MostVotes = 15;
    private const int MostPerspective = 32;
    private static readonly string[] OnlyOfCommands = ["protect", "baseline", "evidence", "confirm", "flaky", "timeout"];

    /// <param name="models">Takes the model that the gate brings.</param>
    private static JudgeGate ReadJudgeGate(SpecObject gate, SpecOrigin origin, IDictionary<string, ModelSpec> models)
    {
        if (gate.Has("run"))
        {
            gate.Value("run");
            gate.Faults.Add(gate.At("run"), "stands beside judge: a gate is a command or judges; write two gates");
        }

        foreach (var key in OnlyOfCommands.Where(gate.Has))
        {
            gate.Value(key);
            gate.Faults.Add(gate.At(key), "has no meaning for judges: it is about the run of a command");
        }

        var name = gate.Text("name", 64, CheckGateName) ?? "";
        var judge = gate.Object("judge") is { } given ? ReadJudge(given, name, origin, models) : new JudgeSpec { Quorum = 2 };
        gate.Close();
        return new JudgeGate { Name = name, Judge = judge };
    }

    private static JudgeSpec ReadJudge(SpecObject judge, string gate, SpecOrigin origin, IDictionary<string, ModelSpec> models)
    {
        var votes = judge.Integer("votes", 1, MostVotes) ?? 3;
        var perspectives = judge.Texts("perspectives", MostVotes, MostPerspective, CheckPerspective);
        if (judge.Has("perspectives") && perspectives.Count == 0)
        {
            judge.Faults.Add(
                judge.At("perspectives"),
                "must name at least one, such as correctness; without the key it is correctness, security, scope"
            );
        }

        if (perspectives.Distinct(StringComparer.Ordinal).Count() < perspectives.Count)
        {
            judge.Faults.Add(judge.At("perspectives"), "names one twice: with more votes than perspectives they are taken in turn again");
        }

        var read = new JudgeSpec
        {
            Votes = votes,
            Quorum = judge.Integer("quorum", 1, votes) ?? (votes / 2) + 1,
            Perspectives = perspectives.Count > 0 ? perspectives : JudgeSpec.DefaultPerspectives,
            AllowSameFamily = judge.Flag("allowSameFamily") ?? false,
        };
        if (judge.Value("model") is { } model && ReadModel(model, judge.At("model"), origin, judge.Faults) is { } spec)
        {
            models[JudgeGate.ModelKey(gate)] = spec;
        }

        judge.Close();
        return read;
    }

    private static string? CheckPerspective(string text) =>
        char.IsAsciiLetterLower(text[0]) && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            ? null
            : "must be a short name in lower case, such as correctness or error-handling";
}
