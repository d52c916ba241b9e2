using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.Runtime.Proofs;

/// <summary>
/// The deployment's signing key: ECDSA over P-256 with SHA-256 (FIPS 186-5), PKCS#8 PEM in <c>keys/proof.pem</c> (0600), its public half in
/// <c>keys/proof.pub.pem</c>. Made at first use.
/// </summary>
public sealed class ProofKey(string directory)
{
    public const string Algorithm = "ecdsa-p256-sha256";

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

    /// <summary>Signature as <c>r || s</c> (IEEE P1363), 64 bytes, and the key's id.</summary>
    public (byte[] Signature, string KeyId) Sign(ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            _key ??= LoadOrCreate();
            return (_key.SignData(payload, HashAlgorithmName.SHA256), IdOf(_key));
        }
    }

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
