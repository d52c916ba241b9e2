using System.Text.Json;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Client;

/// <summary>A server's problem as the exception it was there, so that exit codes and words are those of a local command.</summary>
internal static class ProblemReader
{
    public static LoopClusterException Read(int status, ReadOnlySpan<byte> body)
    {
        var problem = Parse(body);
        var code = problem?.Code ?? "server-unavailable";
        var detail = problem?.Detail ?? $"the server answers with status {status} and no problem that says why; is it LoopCluster's?";
        return code switch
        {
            "ledger-corrupt" => new LedgerCorruptException(detail, null, 0),
            _ when status >= 500 => new InfrastructureException(code, detail),
            _ => new BadInputException(code, problem?.Faults is { Count: > 0 } faults ? faults : [new InputFault("", detail)]),
        };
    }

    private static ProblemAnswer? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, WireJson.Default.ProblemAnswer);
        }
        catch (JsonException)
        {
            // Something between here and the server answered.
            return null;
        }
    }
}
