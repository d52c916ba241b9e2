using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Proofs;

/// <summary>
/// A proof file is one JSON object whose last member is <c>signature</c>. Signed are the file's exact bytes before <c>,"signature":</c>;
/// nothing is re-serialised to check it.
/// </summary>
internal static class ProofFormat
{
    private static ReadOnlySpan<byte> Marker => ",\"signature\":"u8;

    public static byte[] Seal(ProofDocument document, ProofKey key)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(document, ProofJson.Readable.ProofDocument);
        var payload = json.AsSpan(0, json.AsSpan().LastIndexOf((byte)'}')).TrimEnd("\n "u8);
        var (signature, keyId) = key.Sign(payload);
        var seal = JsonSerializer.SerializeToUtf8Bytes(
            new ProofSignature(ProofKey.Algorithm, keyId, Convert.ToBase64String(signature)),
            ProofJson.Default.ProofSignature
        );
        return [.. payload, .. Marker, .. seal, .. "}\n"u8];
    }

    /// <summary>The signed bytes, what they say, and the signature; nothing is trusted yet.</summary>
    /// <exception cref="BadInputException"><c>proof-unreadable</c>.</exception>
    public static (ReadOnlyMemory<byte> Payload, ProofDocument Document, ProofSignature Signature) Open(byte[] file, string name)
    {
        var at = file.AsSpan().LastIndexOf(Marker);
        try
        {
            var document = JsonSerializer.Deserialize(file, ProofJson.Default.ProofDocument);
            if (at > 0 && document is { Format: ProofDocument.CurrentFormat })
            {
                var tail = file.AsSpan(at + Marker.Length).TrimEnd("\n "u8);
                var signature = JsonSerializer.Deserialize(tail[..^1], ProofJson.Default.ProofSignature);
                return (file.AsMemory(0, at), document, signature!);
            }
        }
        catch (JsonException e)
        {
            throw new BadInputException("proof-unreadable", name, $"not a proof: {e.Message}");
        }

        throw new BadInputException("proof-unreadable", name, $"not a proof of format {ProofDocument.CurrentFormat}");
    }
}

internal sealed record ProofSignature(string Algorithm, string Key, string Value);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ProofDocument))]
[JsonSerializable(typeof(ProofSignature))]
internal sealed partial class ProofJson : JsonSerializerContext
{
    public static readonly ProofJson Readable = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = true,
        }
    );
}
