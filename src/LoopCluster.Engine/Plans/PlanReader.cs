using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Plans;

/// <summary>
/// A plan, read strictly: one JSON object with <c>steps</c>, a list of steps that is no circle. What is wrong is said in words for the
/// planner. A code fence around it, which models are fond of, is taken off.
/// </summary>
internal static class PlanReader
{
    public const int MostSteps = 30;
    private const int MostId = 40;
    private const int MostTitle = 160;
    private const int MostCheck = 400;
    private const int MostGate = 1000;
    private const int MostFiles = 20;
    private const int MostPath = 200;
    private static readonly string[] s_members = ["id", "title", "check", "needs", "gate", "files"];

    public static IReadOnlyList<PlanStep>? Read(PlanReply reply, out string fault)
    {
        fault = StrictAnswer.FaultOf(
            reply.Calls,
            reply.Finish,
            reply.Text,
            "it called tools, and a planner has none",
            "make a shorter plan"
        );
        if (fault.Length > 0)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(Unfenced(reply.Text), StrictAnswer.Json);
            JsonText.ReadAll(document.RootElement);
            var steps = Read(document.RootElement, ref fault);
            fault = steps is null ? fault : FaultOf(steps) ?? "";
            return fault.Length == 0 ? steps : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair in a text.
            fault = "it is not one JSON object and nothing else, or a key is there twice";
            return null;
        }
    }

    private static List<PlanStep>? Read(JsonElement root, ref string fault)
    {
        if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Any(p => p.Name != "steps"))
        {
            fault = "it is no JSON object with 'steps' and nothing else";
            return null;
        }

        if (
            !root.TryGetProperty("steps", out var list)
            || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is 0 or > MostSteps
        )
        {
            fault = $"'steps' is not a list of 1 to {MostSteps} steps";
            return null;
        }

        var steps = new List<PlanStep>();
        foreach (var element in list.EnumerateArray())
        {
            var where = FormattableString.Invariant($"steps[{steps.Count}]");
            if (ReadStep(element, where, ref fault) is not { } step)
            {
                return null;
            }

            steps.Add(step);
        }

        return steps;
    }

    private static PlanStep? ReadStep(JsonElement element, string where, ref string fault)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            fault = $"{where} is no JSON object";
            return null;
        }

        if (element.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => !s_members.Contains(n)) is not null)
        {
            fault = $"{where} has other members than {string.Join(", ", s_members)}";
            return null;
        }

        var (id, title, check) = (Text(element, "id", MostId), Text(element, "title", MostTitle), Text(element, "check", MostCheck));
        var gate = element.TryGetProperty("gate", out var command) && command.ValueKind != JsonValueKind.Null;
        fault =
            id is null || !id.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
                ? $"'id' of {where} is not 1 to {MostId} of a-z, 0-9 and -"
            : title is null ? $"'title' of {where} is not a text of 1 to {MostTitle} characters"
            : check is null ? $"step '{id}' has no check: 'check' says in 1 to {MostCheck} characters how one sees that it is done"
            : gate && Text(element, "gate", MostGate) is null ? $"'gate' of step '{id}' is not a command of 1 to {MostGate} characters"
            : ListOf(element, "needs", MostSteps, MostId) is null ? $"'needs' of step '{id}' is not a list of ids"
            : ListOf(element, "files", MostFiles, MostPath) is not { } files || !files.All(IsPath)
                ? $"'files' of step '{id}' is not a list of at most {MostFiles} paths or globs relative to the workspace"
            : "";
        return fault.Length > 0
            ? null
            : new PlanStep(id!, title!, check!)
            {
                Needs = ListOf(element, "needs", MostSteps, MostId) is { Count: > 0 } needs ? needs : null,
                Gate = gate ? Text(element, "gate", MostGate) : null,
                Files = ListOf(element, "files", MostFiles, MostPath) is { Count: > 0 } paths ? paths : null,
            };
    }

    /// <summary>Duplicates, references to nothing, and circles.</summary>
    private static string? FaultOf(List<PlanStep> steps)
    {
        if (steps.GroupBy(s => s.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            return $"the id '{twice.Key}' is there {twice.Count()} times";
        }

        if (steps.GroupBy(s => s.Title, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            return $"the steps {string.Join(" and ", same.Select(s => $"'{s.Id}'"))} are the same: they have one title";
        }

        foreach (var step in steps)
        {
            if ((step.Needs ?? []).FirstOrDefault(n => steps.TrueForAll(s => s.Id != n)) is { } unknown)
            {
                return $"step '{step.Id}' needs '{unknown}', which is no step";
            }
        }

        var left = steps.ToList();
        while (left.Count > 0)
        {
            if (left.RemoveAll(s => !(s.Needs ?? []).Any(n => left.Exists(o => o.Id == n))) == 0)
            {
                return $"the steps {string.Join(", ", left.Select(s => $"'{s.Id}'"))} wait for each other in a circle";
            }
        }

        return null;
    }

    private static string? Text(JsonElement element, string name, int most) =>
        element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString()!.Trim() is { Length: > 0 } text
        && text.Length <= most
        && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : null;

    /// <summary>Null when it is there and no list of texts.</summary>
    private static List<string>? ListOf(JsonElement element, string name, int most, int mostText)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > most)
        {
            return null;
        }

        var texts = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString()!.Trim() is not { Length: > 0 } text || text.Length > mostText)
            {
                return null;
            }

            texts.Add(text);
        }

        return [.. texts.Distinct(StringComparer.Ordinal)];
    }

    private static bool IsPath(string path) =>
        !path.StartsWith('/') && !path.Any(char.IsControl) && !path.Split('/').Any(segment => segment is ".." or ".");

    private static string Unfenced(string text)
    {
        var trimmed = text.Trim();
        var line = trimmed.IndexOf('\n', StringComparison.Ordinal);
        return line > 0 && trimmed.StartsWith("```", StringComparison.Ordinal) && trimmed.EndsWith("```", StringComparison.Ordinal)
            ? trimmed[line..^3]
            : trimmed;
    }
}
