using System.Security.Cryptography;

namespace LoopCluster.Runtime.Proofs;

/// <summary>Outcome of checking a file or a chain; <see cref="FirstBad"/> is null exactly when <see cref="Ok"/>.</summary>
public sealed record Verification(bool Ok, long Checked, FirstBad? FirstBad)
{
    public static Verification Good(long count) => new(true, count, null);

    public static Verification Bad(long count, string? file, long? seq, string reason) =>
        new(false, count, new FirstBad(file, seq, reason));
}

public sealed record FirstBad(string? File, long? Seq, string Reason);

/// <summary>
/// Checks a proof against a key that was given, never one that came with it: signature first, then the patch and every log.
/// </summary>
public static class ProofVerifier
{
    /// <exception cref="Engine.Errors.BadInputException">The proof or the key cannot be read.</exception>
    public static (Verification Result, ProofDocument Document) Verify(string proofFile, string keyFile)
    {
        if (!File.Exists(proofFile))
        {
            throw new Engine.Errors.BadInputException("proof-unreadable", "FILE", $"there is no proof file {proofFile}");
        }

        using var key = ProofKey.ReadPublic(keyFile);
        var (payload, document, signature) = ProofFormat.Open(File.ReadAllBytes(proofFile), proofFile);
        if (signature.Algorithm != ProofKey.Algorithm || signature.Key != ProofKey.IdOf(key))
        {
            return (Verification.Bad(0, proofFile, null, $"signed with another key ({signature.Algorithm} {signature.Key})"), document);
        }

        if (!IsSigned(key, payload.Span, signature.Value))
        {
            return (Verification.Bad(0, proofFile, null, "the signature does not fit: the proof was altered"), document);
        }

        var root = Path.GetDirectoryName(Path.GetFullPath(proofFile))!;
        var count = 1;
        foreach (var file in document.Gates.Select(g => g.Log).Prepend(document.Change.Patch))
        {
            var path = Path.Combine(root, file.File);
            if (!File.Exists(path))
            {
                return (Verification.Bad(count, path, null, "missing; it belongs beside the proof"), document);
            }

            using var stream = File.OpenRead(path);
            if (stream.Length != file.Bytes || Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256)
            {
                return (Verification.Bad(count, path, null, "altered: its hash is not the one in the proof"), document);
            }

            count++;
        }

        return (Verification.Good(count), document);
    }

    /// <summary>What a proof says, unchecked: which files belong to it.</summary>
    /// <exception cref="Engine.Errors.BadInputException">It is none.</exception>
    public static ProofDocument Read(ReadOnlyMemory<byte> proof, string name) => ProofFormat.Open(proof.ToArray(), name).Document;

    private static bool IsSigned(ECDsa key, ReadOnlySpan<byte> payload, string value)
    {
        Span<byte> signature = stackalloc byte[64];
        return Convert.TryFromBase64String(value, signature, out var length)
            && key.VerifyData(payload, signature[..length], HashAlgorithmName.SHA256);
    }
}
