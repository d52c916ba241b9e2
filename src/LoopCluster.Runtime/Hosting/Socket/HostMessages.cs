using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Hosting.Socket;

/// <summary>One line to the holder of a data directory. Exactly one member is set.</summary>
internal sealed record HostRequest
{
    public HostStart? Start { get; init; }

    public HostSignal? Signal { get; init; }

    public HostFork? Fork { get; init; }

    public HostResume? Resume { get; init; }
}

/// <summary>The caller chooses the id, so that after a lost connection it can tell whether the loop exists.</summary>
/// <param name="Spec">As the ledger writes it: normalised, paths absolute.</param>
internal sealed record HostStart(string Tenant, JsonElement Spec, string Id, string? RequestHash = null);

internal sealed record HostSignal
{
    public required string Loop { get; init; }

    /// <summary><c>cancel</c>, <c>pause</c>, <c>resume</c>, <c>message</c> or <c>approval</c>.</summary>
    public required string Kind { get; init; }

    public required string Id { get; init; }

    public required string By { get; init; }

    /// <summary>Reason or message.</summary>
    public string? Text { get; init; }

    public long Asked { get; init; }

    public bool Granted { get; init; }
}

/// <param name="Run">Drive it at once; otherwise it is only created.</param>
/// <param name="Id">The fork's.</param>
internal sealed record HostFork(string Loop, long Seq, JsonElement? Budget, bool Run, string Id, string? RequestHash = null);

internal sealed record HostResume(string Loop);

/// <summary>One line back, for each request in order. Without an error it was done.</summary>
internal sealed record HostReply
{
    public HostError? Error { get; init; }
}

/// <summary>An exception of the product on its way to the caller.</summary>
internal sealed record HostError
{
    public required string Kind { get; init; }

    public required string Code { get; init; }

    public required string Message { get; init; }

    public IReadOnlyList<InputFault>? Faults { get; init; }

    public string? File { get; init; }

    public long Seq { get; init; }

    public static HostError From(LoopClusterException error) => error switch
    {
        BadInputException bad => new HostError { Kind = "bad-input", Code = bad.Code, Message = bad.Message, Faults = bad.Faults },
        LedgerCorruptException corrupt => new HostError { Kind = "corrupt", Code = corrupt.Code, Message = corrupt.Message, File = corrupt.File, Seq = corrupt.Seq },
        InfrastructureException broken => new HostError { Kind = "infrastructure", Code = broken.Code, Message = broken.Message },
        _ => new HostError { Kind = "other", Code = error.Code, Message = error.Message },
    };

    public LoopClusterException ToException() => Kind switch
    {
        "bad-input" => new BadInputException(Code, Faults ?? [new InputFault("", Message)]),
        "corrupt" => new LedgerCorruptException(Message, File, Seq),
        "infrastructure" => new InfrastructureException(Code, Message),
        _ => new LoopClusterException(Code, Message),
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HostRequest))]
[JsonSerializable(typeof(HostReply))]
internal sealed partial class HostJson : JsonSerializerContext;
