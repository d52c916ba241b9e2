using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Server;

/// <summary>A server's problem as the exception it was there, so that exit codes and words are those of a local command.</summary>
internal static class ProblemReader
{
    public static LoopClusterException Read(int status, ReadOnlySpan<byte> body)
    {
        var (code, detail, faults) = Parse(body);
        code ??= "server-unavailable";
        detail ??= $"the server answers with status {status} and no problem that says why; is it LoopCluster's?";
        return code switch
        {
            "ledger-corrupt" => new LedgerCorruptException(detail, null, 0),
            _ when status >= 500 => new InfrastructureException(code, detail),
            _ => new BadInputException(code, faults.Count > 0 ? faults : [new InputFault("", detail)]),
        };
    }

    private static (string? Code, string? Detail, IReadOnlyList<InputFault> Faults) Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var problem = JsonElement.Parse(body);
            if (problem.ValueKind != JsonValueKind.Object)
            {
                return (null, null, []);
            }

            var faults = problem.TryGetProperty("faults", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Select(f => new InputFault(Text(f, "path") ?? "", Text(f, "message") ?? "")).ToList()
                : [];
            return (Text(problem, "code"), Text(problem, "detail"), faults);
        }
        catch (JsonException)
        {
            // Something between here and the server answered.
            return (null, null, []);
        }
    }

    private static string? Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
