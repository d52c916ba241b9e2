using System.Globalization;
using LoopCluster.Engine.Context;

namespace LoopCluster.Engine.Events;

/// <summary>
/// How much of a reply is taken. A model or endpoint gone wrong must not fill a ledger, and what is more than an entry holds could not be
/// kept at all.
/// </summary>
public static class ReplyLimits
{
    /// <summary>Bytes of text and calls as they stand in a ledger: 2 MiB, some times more than the longest replies there are.</summary>
    public const int MostBytes = 2 * 1024 * 1024;

    /// <summary>
    /// Characters of a call's id. Gateways put the signature of a thought into it, so it may be long; endpoints take back only what they
    /// gave.
    /// </summary>
    public const int MostId = 16 * 1024;

    /// <summary>Characters of a tool's name: no tool has more than a quarter of it.</summary>
    public const int MostName = 256;

    /// <summary>
    /// The call with an id and a name that can be kept: a longer id is replaced by its place, of a longer name the beginning stays.
    /// </summary>
    public static ToolCall Of(ToolCall call, int index) =>
        call.Id.Length <= MostId && call.Name.Length <= MostName
            ? call
            : call with
            {
                Id = call.Id.Length <= MostId ? call.Id : string.Create(CultureInfo.InvariantCulture, $"long_id_{index}"),
                Name = SafeText.Start(call.Name, MostName),
            };

    /// <summary>Why the reply cannot be taken, or null.</summary>
    public static string? Refuse(string text, IReadOnlyList<ToolCall> calls)
    {
        var bytes =
            Context.TextKinds.Of(text).Bytes
            + calls.Sum(call =>
                Context.TextKinds.Of(call.Id).Bytes + Context.TextKinds.Of(call.Name).Bytes + Context.TextKinds.Of(call.Arguments).Bytes
            );
        return bytes <= MostBytes
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the reply has {bytes} bytes of text and tool calls, and at most {MostBytes} are taken; lower maxTokens if the model does not end by itself"
            );
    }
}
