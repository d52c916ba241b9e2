using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// The one place where what a model or its endpoint wrote comes in, whichever client brought it. From here on it is text that can be kept and read back, and
/// holds no key: neither one of the process's secrets, nor the key of the very call, which a spec may name.
/// </summary>
internal sealed class ReplyBorder(SecretRedactor redactor)
{
    private string? _key;
    private SecretRedactor? _ofKey;

    public ModelResult Clean(ModelResult result, ModelBinding model)
    {
        var key = RedactorOf(model);
        return new ModelResult(
            result.Answer is { } answer ? Clean(answer, key) : null,
            result.Failure is { } failure ? failure with { Message = Text(failure.Message, key) } : null);
    }

    /// <summary>A piece of a stream, for eyes only. A secret cut in two by the stream is whole again in the reply, and redacted there.</summary>
    public string Piece(string text, ModelBinding model) => Text(text, RedactorOf(model));

    private ModelAnswer Clean(ModelAnswer answer, SecretRedactor? key) => answer with
    {
        Text = Text(answer.Text, key),
        Tools = [.. answer.Tools.Select(call => new ToolCall(Text(call.Id, key), Text(call.Name, key), Redacted(SafeText.OfJson(call.Arguments), key)))],
        Extra = answer.Extra is { } extra ? Redacted(SafeText.OfJson(extra), key) : null,
    };

    private string Text(string text, SecretRedactor? key) => Redacted(SafeText.Of(text), key);

    private string Redacted(string text, SecretRedactor? key)
    {
        var plain = redactor.Redact(text);
        return key is null ? plain : key.Redact(plain);
    }

    private SecretRedactor? RedactorOf(ModelBinding model)
    {
        if (model.KeyEnv is null || Environment.GetEnvironmentVariable(model.KeyEnv)?.Trim() is not { Length: >= SecretRedactor.ShortestSecret } value)
        {
            return null;
        }

        // A rotated key is taken up; the old one is no longer sent, so nothing can echo it.
        return _key == value && _ofKey is { } known ? known : _ofKey = new SecretRedactor([_key = value]);
    }
}
