using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Proofs;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.Runtime.Proofs;

/// <summary>
/// The deployment's signing key: ECDSA over P-256 with SHA-256 (FIPS 186-5), PKCS#8 PEM in <c>keys/proof.pem</c> (0600), its public half in
/// <c>keys/proof.pub.pem</c>. Made at first use.
/// </summary>
public sealed class ProofKey(string directory)
{
    /// <summary>As openssl and every DSSE library read it.</summary>
    private const DSASignatureFormat Format = DSASignatureFormat.Rfc3279DerSequence;

    private readonly Lock _lock = new();
    private ECDsa? _key;

    public string PublicKeyFile => Path.Combine(directory, "proof.pub.pem");

    private string PrivateKeyFile => Path.Combine(directory, "proof.pem");

    /// <summary>As <see cref="IdOf"/>, of this key.</summary>
    public string Id
    {
        get
        {
            lock (_lock)
            {
                return IdOf(_key ??= LoadOrCreate());
            }
        }
    }

    /// <summary>The public half in PEM.</summary>
    public string PublicPem
    {
        get
        {
            lock (_lock)
            {
                return (_key ??= LoadOrCreate()).ExportSubjectPublicKeyInfoPem() + "\n";
            }
        }
    }

    /// <summary>The file of a signed statement.</summary>
    public DsseEnvelope Sign(ReadOnlyMemory<byte> payload)
    {
        lock (_lock)
        {
            _key ??= LoadOrCreate();
            var signature = _key.SignData(DsseEnvelope.PreAuthentication(payload.Span), HashAlgorithmName.SHA256, Format);
            return new DsseEnvelope(payload, IdOf(_key), signature);
        }
    }

    /// <summary>Whether <paramref name="key"/> signed it. Trust in what it says rests on where that key came from.</summary>
    public static bool IsSigned(ECDsa key, DsseEnvelope envelope) =>
        key.VerifyData(DsseEnvelope.PreAuthentication(envelope.Payload.Span), envelope.Signature.Span, HashAlgorithmName.SHA256, Format);

    /// <summary>Reads a public (or private) key in PEM.</summary>
    /// <exception cref="BadInputException"><c>key-unreadable</c>.</exception>
    public static ECDsa ReadPublic(string file)
    {
        if (!File.Exists(file))
        {
            throw new BadInputException(
                "key-unreadable",
                "--key",
                $"there is no key file {file}. The public key of a data directory is keys/proof.pub.pem."
            );
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new BadInputException("key-unreadable", "--key", $"{file} holds no ECDSA key in PEM: {e.Message}");
        }
    }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, lower-case hex.</summary>
    public static string IdOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private ECDsa LoadOrCreate()
    {
        if (!File.Exists(PrivateKeyFile))
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            Write(PrivateKeyFile, made.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var key = ReadPublic(PrivateKeyFile);
        if (!File.Exists(PublicKeyFile))
        {
            Write(
                PublicKeyFile,
                key.ExportSubjectPublicKeyInfoPem(),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
            );
        }

        return key;
    }

    /// <summary>
    /// Whole or not at all; a file that is there by then stays: processes that share the directory use the first one's key.
    /// </summary>
    private static void Write(string file, string text, UnixFileMode mode)
    {
        var temporary = $"{file}.{Guid.NewGuid():n}";
        using (
            var stream = new FileStream(
                temporary,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = mode,
                }
            )
        )
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(text + "\n"));
            stream.Flush(flushToDisk: true);
        }

        _ = FirstFile.Place(temporary, file);
    }
}
