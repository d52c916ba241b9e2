using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Explore;

/// <summary>
/// An explorer's answer: one JSON object with <c>answer</c> and <c>places</c>, also in a code fence. Whether the places are there is for
/// <see cref="ExploreRules"/> to say.
/// </summary>
internal sealed record ExploreAnswer(string Text, IReadOnlyList<ExploredPlace> Places)
{
    private const int MostText = 6 * 1024;
    private const int MostPlaces = 40;
    private const int MostNote = 300;

    /// <param name="fault">What is wrong, in words for the explorer.</param>
    public static ExploreAnswer? Read(ExplorerReply reply, out string fault)
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
            using var document = JsonDocument.Parse(Unfenced(reply.Text), StrictAnswer.Json);
            return Read(document.RootElement, ref fault);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: half a surrogate pair in a text.
            fault = "it is not one JSON object";
            return null;
        }
    }

    private static ExploreAnswer? Read(JsonElement root, ref string fault)
    {
        if (root.ValueKind != JsonValueKind.Object || TextOf(root, "answer", MostText) is not { } text)
        {
            fault = $"it has no text of 1 to {MostText} characters as 'answer'";
            return null;
        }

        if (
            !root.TryGetProperty("places", out var list)
            || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is 0 or > MostPlaces
        )
        {
            fault = $"'places' is not a list of 1 to {MostPlaces} places: cite the lines that show it, or that you looked at";
            return null;
        }

        var places = new List<ExploredPlace>();
        foreach (var entry in list.EnumerateArray())
        {
            if (PlaceOf(entry) is not { } place)
            {
                fault = FormattableString.Invariant(
                    $"places[{places.Count}] is not {{\"path\": a file of the workspace, \"line\": a number from 1, \"note\": text}}"
                );
                return null;
            }

            places.Add(place);
        }

        return new ExploreAnswer(text, places);
    }

    private static ExploredPlace? PlaceOf(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object
        && TextOf(entry, "path", 4096) is { } written
        && WorkspacePath.TryCanonicalise(written, out var path, out _)
        && path.Length > 0
        && entry.TryGetProperty("line", out var line)
        && line.ValueKind == JsonValueKind.Number
        && line.TryGetInt32(out var number)
        && number >= 1
            ? new ExploredPlace(path, number, TextOf(entry, "note", MostNote) ?? "")
            : null;

    private static string? TextOf(JsonElement entry, string name, int most) =>
        entry.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && SafeText.Of(value.GetString()!.Trim()) is { Length: > 0 } text
            ? SafeText.Start(text, most)
            : null;

    private static string Unfenced(string text)
    {
        text = text.Trim();
        return
            text.StartsWith("```", StringComparison.Ordinal)
            && text.IndexOf('\n') is var first and > 0
            && text.LastIndexOf("```", StringComparison.Ordinal) is var last
            && last > first
            ? text[(first + 1)..last]
            : text;
    }
}
