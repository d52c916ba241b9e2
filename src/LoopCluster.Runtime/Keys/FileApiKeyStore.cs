using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Keys;

/// <summary>
/// Keys in <c>keys/api/HASH.json</c> of a data directory (0600), a file each: processes add and revoke beside each other without a lock,
/// and nothing is cached, so a revoked key is refused from the next request on.
/// </summary>
/// <param name="directory">The data directory's <c>keys</c>.</param>
public sealed class FileApiKeyStore(string directory) : IApiKeyStore
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int MostBytes = 4096;

    private readonly string _data = Path.GetDirectoryName(Path.GetFullPath(directory))!;
    private readonly string _directory = Path.Combine(directory, "api");

    public ValueTask AddAsync(ApiKey key, CancellationToken cancellationToken) =>
        Guard(() =>
        {
            if (!Directory.Exists(_directory))
            {
                // One after the other: only the last of a path gets the mode.
                Directory.CreateDirectory(directory, Private | UnixFileMode.UserExecute);
                Directory.CreateDirectory(_directory, Private | UnixFileMode.UserExecute);
                DiskSync.OfDirectory(directory);
                DiskSync.OfDirectory(_data);
            }

            var temporary = Path.Combine(_directory, $".{Guid.NewGuid():n}");
            using (
                var stream = new FileStream(
                    temporary,
                    new FileStreamOptions
                    {
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.Write,
                        UnixCreateMode = Private,
                    }
                )
            )
            {
                JsonSerializer.Serialize(stream, key, KeysJson.Default.ApiKey);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, FileOf(key.Hash), overwrite: true);
            DiskSync.OfDirectory(_directory);
            return ValueTask.CompletedTask;
        });

    public ValueTask<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) =>
        Guard(() =>
            new ValueTask<IReadOnlyList<ApiKey>>([
                .. All().OrderBy(k => k.Tenant, StringComparer.Ordinal).ThenBy(k => k.Prefix, StringComparer.Ordinal),
            ])
        );

    public ValueTask<bool> RevokeAsync(string prefix, CancellationToken cancellationToken) =>
        Guard(() =>
        {
            if (All().FirstOrDefault(k => k.Prefix == prefix) is not { } key)
            {
                return new ValueTask<bool>(false);
            }

            File.Delete(FileOf(key.Hash));
            DiskSync.OfDirectory(_directory);
            return new ValueTask<bool>(true);
        });

    public ValueTask<ApiKey?> FindAsync(string hash, CancellationToken cancellationToken) =>
        Guard(() => new ValueTask<ApiKey?>(Read(FileOf(hash))));

    private IEnumerable<ApiKey> All()
    {
        RequireData();
        return Directory.Exists(_directory) ? Directory.EnumerateFiles(_directory, "*.json").Select(Read).OfType<ApiKey>() : [];
    }

    private ApiKey? Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[MostBytes];
            return JsonSerializer.Deserialize(
                bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)),
                KeysJson.Default.ApiKey
            );
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            RequireData();
            return null;
        }
    }

    /// <summary>A data directory that is gone makes every key unreadable, not unknown.</summary>
    private void RequireData()
    {
        if (!Directory.Exists(_data))
        {
            throw new InfrastructureException("keys-unavailable", $"the API keys cannot be read: there is no directory {_data}");
        }
    }

    private string FileOf(string hash) =>
        hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)
            ? Path.Combine(_directory, hash + ".json")
            : throw new ArgumentException("not a SHA-256 in lower-case hex", nameof(hash));

    private static T Guard<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InfrastructureException("keys-unavailable", $"the API keys cannot be read or written: {e.Message}", e);
        }
    }
}
