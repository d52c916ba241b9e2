using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Proofs;

/// <summary>
/// A DSSE envelope (github.com/secure-systems-lab/dsse) with one signature. It has exactly one form: one that says the same in other bytes
/// is none, so that no byte of a file can be changed unseen.
/// </summary>
public sealed record DsseEnvelope(ReadOnlyMemory<byte> Payload, string KeyId, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The payload is an in-toto statement.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <summary>What is signed: <c>DSSEv1 LEN(type) type LEN(payload) payload</c>, lengths in bytes as decimal ASCII.</summary>
    public static byte[] PreAuthentication(ReadOnlySpan<byte> payload) =>
        [
            .. Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {PayloadType.Length} {PayloadType} {payload.Length} ")
            ),
            .. payload,
        ];

    /// <summary>The file: one line of JSON without spaces, base64 with padding, a line feed.</summary>
    public byte[] ToBytes() =>
        Encoding.ASCII.GetBytes(
            $"{{\"payload\":\"{Convert.ToBase64String(Payload.Span)}\",\"payloadType\":\"{PayloadType}\","
                + $"\"signatures\":[{{\"keyid\":\"{KeyId}\",\"sig\":\"{Convert.ToBase64String(Signature.Span)}\"}}]}}\n"
        );

    /// <summary>Reads an envelope; nothing in it is trusted yet.</summary>
    /// <param name="fault">Why it is none; null when one is returned.</param>
    public static DsseEnvelope? Read(ReadOnlySpan<byte> file, out string? fault)
    {
        fault = null;
        try
        {
            var reader = new Utf8JsonReader(file);
            using var json = JsonDocument.ParseValue(ref reader);
            if (Members(json.RootElement) is { } envelope)
            {
                if (envelope.ToBytes().AsSpan().SequenceEqual(file))
                {
                    return envelope;
                }

                fault = "its bytes are not those of the one form an envelope has: it was altered or written anew";
                return null;
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // Not JSON, not base64, or half a surrogate pair: none.
        }

        fault = file.IndexOf("\"loopcluster-proof/1\""u8) is >= 0 and < 40
            ? "a proof in the form that earlier versions wrote (loopcluster-proof/1): it is checked with such a version"
            : $"no signed statement: a DSSE envelope with the payload type {PayloadType} and one signature is expected";
        return null;
    }

    private static DsseEnvelope? Members(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object
        && Text(root, "payloadType") == PayloadType
        && Text(root, "payload") is { } payload
        && root.TryGetProperty("signatures", out var signatures)
        && signatures is { ValueKind: JsonValueKind.Array }
        && signatures.GetArrayLength() == 1
        && signatures[0] is { ValueKind: JsonValueKind.Object } signature
        && Text(signature, "keyid") is { } key
        && Text(signature, "sig") is { } value
            ? new DsseEnvelope(Convert.FromBase64String(payload), key, Convert.FromBase64String(value))
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
