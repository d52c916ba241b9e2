using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// The one place where what a model or its endpoint wrote comes in, whichever client brought it. From here on it is text that can be kept
/// and read back, is no longer than an entry holds, and has no key in it: neither one of the process's secrets, nor those of the loop's own
/// models.
/// </summary>
internal static class ReplyBorder
{
    /// <param name="secrets">As <see cref="LoopSecrets"/> gives it for the loop.</param>
    public static ModelResult Clean(ModelResult result, SecretRedactor secrets)
    {
        var failure = result.Failure is { } failed ? failed with { Message = Piece(failed.Message, secrets) } : null;
        if (result.Answer is not { } answer)
        {
            return result with { Failure = failure };
        }

        var clean = Clean(answer, secrets);
        return ReplyLimits.Refuse(clean.Text, clean.Tools) is { } why
            ? result with
            {
                Answer = null,
                Failure = new ModelFailure(ModelFailureKind.BrokenReply, why, Served: true),
            }
            : result with
            {
                Answer = clean,
                Failure = failure,
            };
    }

    /// <summary>
    /// Plain text, such as a piece of a stream for eyes only. A secret cut in two by the stream is whole again in the reply, and redacted
    /// there.
    /// </summary>
    public static string Piece(string text, SecretRedactor secrets) => secrets.Redact(SafeText.Of(text));

    private static ModelAnswer Clean(ModelAnswer answer, SecretRedactor secrets) =>
        answer with
        {
            Text = Piece(answer.Text, secrets),
            Tools =
            [
                .. answer.Tools.Select(
                    (call, index) =>
                        ReplyLimits.Of(
                            new ToolCall(Piece(call.Id, secrets), Piece(call.Name, secrets), Json(call.Arguments, secrets)),
                            index
                        )
                ),
            ],
            Extra = answer.Extra is { } extra ? Json(extra, secrets) : null,
        };

    private static string Json(string json, SecretRedactor secrets) => secrets.RedactJson(SafeText.OfJson(json));
}
