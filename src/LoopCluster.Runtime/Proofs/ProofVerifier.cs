using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Proofs;

namespace LoopCluster.Runtime.Proofs;

/// <summary>
/// Checks a proof or a report against a key that was given, never one that came with it: form, signature and statement first, then patch
/// and logs.
/// </summary>
public static class ProofVerifier
{
    /// <returns>The statement is null unless it is signed with the key.</returns>
    /// <exception cref="BadInputException">There is no such file, or the key cannot be read.</exception>
    public static (Verification Result, ExitStatement? Statement) Verify(string proofFile, string keyFile)
    {
        if (!File.Exists(proofFile))
        {
            throw new BadInputException("proof-unreadable", "FILE", $"there is no proof file {proofFile}");
        }

        using var key = ProofKey.ReadPublic(keyFile);
        return Open(File.ReadAllBytes(proofFile), key, out var fault) is { } statement
            ? (Parts(statement, Path.GetDirectoryName(Path.GetFullPath(proofFile))!), statement)
            : (Verification.Bad(0, proofFile, null, fault!), null);
    }

    /// <summary>What the owner of <paramref name="key"/> signed; null when any byte of the file is not as it was written.</summary>
    /// <param name="fault">Why it is refused; null when a statement is returned.</param>
    public static ExitStatement? Open(ReadOnlyMemory<byte> file, ECDsa key, out string? fault)
    {
        if (DsseEnvelope.Read(file.Span, out fault) is not { } envelope)
        {
            return null;
        }

        var id = ProofKey.IdOf(key);
        var statement = ExitStatement.Read(envelope.Payload.Span, out var wrong);
        fault =
            envelope.KeyId != id ? $"signed with another key ({envelope.KeyId}); the one to trust is {id}"
            : !ProofKey.IsSigned(key, envelope) ? "the signature does not fit: it was altered"
            : wrong is not null ? wrong
            : statement!.Predicate.Key != id ? $"it says that another key signs it ({statement.Predicate.Key})"
            : null;
        return fault is null ? statement : null;
    }

    /// <summary>What a proof or report says, unchecked: which files belong to it.</summary>
    /// <exception cref="BadInputException">It is none.</exception>
    public static ExitStatement Read(ReadOnlyMemory<byte> proof, string name) =>
        TryRead(proof, out var fault) ?? throw new BadInputException("proof-unreadable", name, $"{name} cannot be read: {fault}");

    /// <summary>As <see cref="Read"/>, where it may be one of an earlier version.</summary>
    public static ExitStatement? TryRead(ReadOnlyMemory<byte> proof, out string? fault) =>
        DsseEnvelope.Read(proof.Span, out fault) is { } envelope ? ExitStatement.Read(envelope.Payload.Span, out fault) : null;

    private static Verification Parts(ExitStatement statement, string root)
    {
        var count = 1;
        foreach (var file in statement.Predicate.Files())
        {
            var path = Path.Combine(root, file.File);
            if (!File.Exists(path))
            {
                return Verification.Bad(count, path, null, "missing; it belongs beside the proof");
            }

            using var stream = File.OpenRead(path);
            if (stream.Length != file.Bytes || Convert.ToHexStringLower(SHA256.HashData(stream)) != file.Sha256)
            {
                return Verification.Bad(count, path, null, "altered: its hash is not the one in the proof");
            }

            count++;
        }

        return Verification.Good(count);
    }
}
