using LoopCluster.Engine.Errors;

namespace LoopCluster.Grains.Loops;

/// <summary>
/// What a grain answers: done, or why not. Our exceptions cross silos as data, so that a silo of another version can read them.
/// </summary>
[GenerateSerializer]
[Immutable]
[Alias("loopcluster.reply")]
public sealed record LoopReply
{
    /// <summary>Code of a silo that is on its way out, and of a driver that lost the loop: asking again finds another one.</summary>
    public const string ElsewhereCode = "driven-elsewhere";

    private const string BadInput = "bad-input";
    private const string Infrastructure = "infrastructure";

    public static readonly LoopReply Done = new();

    /// <summary>Asking again, after a moment, finds another activation.</summary>
    public static readonly LoopReply Elsewhere = new() { Code = ElsewhereCode };

    /// <summary>Null when all is well.</summary>
    [Id(0)]
    public string? Code { get; init; }

    [Id(1)]
    public string? Message { get; init; }

    [Id(2)]
    public string? Kind { get; init; }

    /// <summary>Path and message of each fault, in turn.</summary>
    [Id(3)]
    public IReadOnlyList<string> Faults { get; init; } = [];

    public bool IsElsewhere => Code == ElsewhereCode;

    public static LoopReply Of(LoopClusterException error) =>
        error switch
        {
            LedgerConflictException => Elsewhere,
            { Code: Runtime.Driver.LoopDriver.EndedCode } => Elsewhere,
            BadInputException bad => new LoopReply
            {
                Code = bad.Code,
                Kind = BadInput,
                Message = bad.Message,
                Faults = [.. bad.Faults.SelectMany(f => new[] { f.Path, f.Message })],
            },
            InfrastructureException broken => new LoopReply
            {
                Code = broken.Code,
                Kind = Infrastructure,
                Message = broken.Message,
            },
            _ => new LoopReply { Code = error.Code, Message = error.Message },
        };

    /// <summary>Throws what the other side threw.</summary>
    public void ThrowIfFailed()
    {
        if (Code is not null)
        {
            throw Kind switch
            {
                BadInput => new BadInputException(Code, [.. Faults.Chunk(2).Select(f => new InputFault(f[0], f[1]))]),
                Infrastructure => new InfrastructureException(Code, Message ?? Code),
                _ => new LoopClusterException(Code, Message ?? Code),
            };
        }
    }
}
