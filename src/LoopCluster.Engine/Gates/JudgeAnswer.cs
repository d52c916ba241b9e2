using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// A judge's answer, read strictly: one JSON object with <c>verdict</c>, <c>evidence</c> and <c>findings</c> and nothing else. Whether what
/// it cites is there is for <see cref="JudgeRules"/> to say.
/// </summary>
internal sealed record JudgeAnswer(bool Approves, IReadOnlyList<JudgeEvidence> Evidence, IReadOnlyList<JudgeFinding> Findings)
{
    private const int MostEntries = 200;
    private const int MostText = 8 * 1024;

    /// <param name="fault">What is wrong, in words for the judge.</param>
    public static JudgeAnswer? Read(JudgeReply reply, out string fault)
    {
        fault = StrictAnswer.FaultOf(
            reply.Calls,
            reply.Finish,
            reply.Text,
            "it called tools where the answer was due: it has read enough",
            "answer more briefly"
        );
        if (fault.Length > 0)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(reply.Text, StrictAnswer.Json);
            return Read(document.RootElement, ref fault);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair in a text.
            fault = "it is not one JSON object and nothing else";
            return null;
        }
    }

    private static JudgeAnswer? Read(JsonElement root, ref string fault)
    {
        if (!HasOnly(root, "the answer", ["verdict", "evidence", "findings"], ref fault))
        {
            return null;
        }

        var verdict = root.GetProperty("verdict");
        if (verdict.ValueKind != JsonValueKind.String || verdict.GetString() is not ("approve" or "reject"))
        {
            fault = "'verdict' is neither \"approve\" nor \"reject\"";
            return null;
        }

        var evidence = new List<JudgeEvidence>();
        if (
            !ReadList(root, "evidence", ["path", "line", "note"], ref fault, (e, path, line) =>
                evidence.Add(new(path, line, Text(e, "note")))
            )
        )
        {
            return null;
        }

        var findings = new List<JudgeFinding>();
        var read = ReadList(root, "findings", ["path", "line", "severity", "message"], ref fault, (e, path, line) =>
            findings.Add(new(path, line, SeverityOf(e)!.Value, Text(e, "message")))
        );
        return read ? new JudgeAnswer(verdict.GetString() == "approve", evidence, findings) : null;
    }

    private static bool ReadList(
        JsonElement root,
        string name,
        IReadOnlyList<string> members,
        ref string fault,
        Action<JsonElement, string, int> add
    )
    {
        var list = root.GetProperty(name);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostEntries)
        {
            fault = $"'{name}' is not a list of at most {MostEntries} entries";
            return false;
        }

        var at = 0;
        foreach (var entry in list.EnumerateArray())
        {
            var where = FormattableString.Invariant($"{name}[{at++}]");
            if (!HasOnly(entry, where, members, ref fault) || FaultOf(entry, where, members) is { } wrong && (fault = wrong).Length > 0)
            {
                return false;
            }

            WorkspacePath.TryCanonicalise(Text(entry, "path"), out var path, out _);
            add(entry, path, entry.GetProperty("line").GetInt32());
        }

        return true;
    }

    private static string? FaultOf(JsonElement entry, string where, IReadOnlyList<string> members)
    {
        foreach (var name in members.Where(m => m != "line"))
        {
            if (
                entry.GetProperty(name) is not { ValueKind: JsonValueKind.String } text
                || Text(entry, name) is not { Length: > 0 and <= MostText }
            )
            {
                return $"'{name}' of {where} is not a text of 1 to {MostText} characters";
            }
        }

        return !WorkspacePath.TryCanonicalise(Text(entry, "path"), out var path, out var error) || path.Length == 0
                ? $"'path' of {where} {(error.Length > 0 ? error : "names no file")}"
            : entry.GetProperty("line") is not { ValueKind: JsonValueKind.Number } line || !line.TryGetInt32(out var number) || number < 1
                ? $"'line' of {where} is not a whole number from 1"
            : members.Contains("severity") && SeverityOf(entry) is null ? $"'severity' of {where} is none of high, medium, low"
            : null;
    }

    private static bool HasOnly(JsonElement element, string where, IReadOnlyList<string> members, ref string fault)
    {
        fault =
            element.ValueKind != JsonValueKind.Object ? $"{where} is no JSON object"
            : members.FirstOrDefault(m => !element.TryGetProperty(m, out _)) is { } missing ? $"{where} lacks '{missing}'"
            : element.EnumerateObject().Any(p => !members.Contains(p.Name)) ? $"{where} has other members than {string.Join(", ", members)}"
            : "";
        return fault.Length == 0;
    }

    private static string Text(JsonElement entry, string name) => SafeText.Of(entry.GetProperty(name).GetString()!.Trim());

    private static JudgeSeverity? SeverityOf(JsonElement entry) =>
        entry.GetProperty("severity").GetString() switch
        {
            "high" => JudgeSeverity.High,
            "medium" => JudgeSeverity.Medium,
            "low" => JudgeSeverity.Low,
            _ => null,
        };
}
