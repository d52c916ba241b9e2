using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Which family a model is of, and that no judge is of the maker's: models of one family overlook the same faults, and like what their own
/// kind has written.
/// </summary>
public static class JudgeFamilies
{
    private const int ScriptHash = 12;

    /// <summary>
    /// What was written as <c>family</c>; else the leading letters of the last part of the model's id, in lower case
    /// (<c>Qwen/Qwen3-Coder-30B</c>: <c>qwen</c>). A script is a family of its own. Null when the id does not begin with a letter.
    /// </summary>
    public static string? Of(ModelBinding model)
    {
        if (model.Family is { Length: > 0 } written)
        {
            return written.ToLowerInvariant();
        }

        if (model.Script is { } script)
        {
            return $"script:{script.Hash[..Math.Min(ScriptHash, script.Hash.Length)]}";
        }

        var name = model.Model[(model.Model.LastIndexOf('/') + 1)..];
        var letters = name.TakeWhile(char.IsAsciiLetter).Count();
        return letters == 0 ? null : name[..letters].ToLowerInvariant();
    }

    /// <exception cref="BadInputException"><c>judge-family</c>: a judge is of a maker's family, or nobody can tell. Of tiers every model
    /// counts.</exception>
    public static void Require(LoopSpec spec, BoundModels models)
    {
        var gates = spec.Gates;
        for (var i = 0; i < gates.Count; i++)
        {
            if (gates[i] is not JudgeGate { Judge.AllowSameFamily: false } gate)
            {
                continue;
            }

            var why = models
                .Of(RoutingRules.KeyOf(models.Models, gate))
                .SelectMany(judge => models.Of(AgentNames.Make).Select(maker => FaultOf(judge, maker)))
                .FirstOrDefault(fault => fault is not null);
            if (why is not null)
            {
                throw new BadInputException(
                    "judge-family",
                    FormattableString.Invariant($"gates[{i}].judge.model"),
                    $"{why}. Name a judge of another family, write 'family' beside the models where it is told wrongly, or write 'allowSameFamily: true' to judge with it all the same."
                );
            }
        }
    }

    private static string? FaultOf(ModelBinding judge, ModelBinding maker)
    {
        var (of, makers) = (Of(judge), Of(maker));
        return of is null ? $"the family of judge model '{judge.Name}' does not show in its id '{judge.Model}'"
            : makers is null ? $"the family of the maker's model '{maker.Name}' does not show in its id '{maker.Model}'"
            : of == makers ? $"judge model '{judge.Name}' and the maker's model '{maker.Name}' are of one family ({of})"
            : null;
    }
}
