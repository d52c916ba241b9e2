using System.Collections.Concurrent;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Skills;

/// <summary>
/// The skills of a process: the server's own folder, read again when it has changed, and every library that a loop names, from its blob.
/// A few are kept with their index, since many loops have the same.
/// </summary>
/// <param name="folder">The server's; null for none.</param>
public sealed class SkillLibraries(IBlobStore blobs, TimeProvider time, string? folder) : IDisposable
{
    private const int MostKept = 16;

    /// <summary>Hundreds of loops begin at once, and a folder of thousands takes a while to look through.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, SkillLibrary> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private ServerSkills? _server;

    /// <summary>The server's skills, and which files of its folder are none; null when it has none of either.</summary>
    public async ValueTask<(SkillShelf? Shelf, IReadOnlyList<SkillFault> Faults)> ServerAsync(CancellationToken cancellationToken)
    {
        if (folder is null)
        {
            return (null, []);
        }

        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_server is { } known && time.GetElapsedTime(known.Looked) < s_lookAgain)
            {
                return (known.Shelf, known.Faults);
            }

            var looked = time.GetTimestamp();
            var stamp = SkillFolder.StampOf(folder);
            if (_server?.Stamp != stamp)
            {
                var found = SkillFolder.Read(folder, cancellationToken);
                var shelf = await KeepAsync(SkillSource.Server, found.Skills, cancellationToken).ConfigureAwait(false);
                _server = new ServerSkills(stamp, looked, shelf, found.Faults);
            }
            else
            {
                _server = _server with { Looked = looked };
            }

            return (_server.Shelf, _server.Faults);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Makes skills durable as a library; null when there are none.</summary>
    public async ValueTask<SkillShelf?> KeepAsync(SkillSource source, IReadOnlyList<Skill> skills, CancellationToken cancellationToken)
    {
        if (skills.Count == 0)
        {
            return null;
        }

        var library = new SkillLibrary(source, skills);
        var blob = await blobs.PutAsync(library.ToBytes(), cancellationToken).ConfigureAwait(false);
        return new SkillShelf(source, blob, library.Skills.Count) { Library = Remember(KeyOf(source, blob), library) };
    }

    /// <summary>The libraries that a loop may choose from.</summary>
    /// <exception cref="InfrastructureException"><c>blob-missing</c>.</exception>
    public async ValueTask<IReadOnlyList<SkillLibrary>> ReadAsync(SkillsFound? found, CancellationToken cancellationToken)
    {
        var libraries = new List<SkillLibrary>();
        foreach (var shelf in found?.Shelves ?? [])
        {
            libraries.Add(shelf.Library ?? await ReadAsync(shelf, cancellationToken).ConfigureAwait(false));
        }

        return libraries;
    }

    public void Dispose() => _reading.Dispose();

    private async ValueTask<SkillLibrary> ReadAsync(SkillShelf shelf, CancellationToken cancellationToken)
    {
        var key = KeyOf(shelf.Source, shelf.Content);
        if (_kept.TryGetValue(key, out var known))
        {
            return known;
        }

        var bytes = await ContentAsync(blobs, shelf, cancellationToken).ConfigureAwait(false);
        try
        {
            return Remember(key, SkillLibrary.Read(shelf.Source, bytes));
        }
        catch (JsonException e)
        {
            throw new InfrastructureException("blob-corrupt", $"the skills {shelf.Content.Hash} are no library: {e.Message}", e);
        }
    }

    private static async ValueTask<byte[]> ContentAsync(IBlobStore blobs, SkillShelf shelf, CancellationToken cancellationToken)
    {
        var stream = await blobs.OpenAsync(shelf.Content.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException(
                "blob-missing",
                $"the skills {shelf.Content.Hash} of this loop are not in the blob store. Restore the blobs."
            );
        await using var closed = stream.ConfigureAwait(false);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
        return content.ToArray();
    }

    private static string KeyOf(SkillSource source, BlobRef blob) => $"{source} {blob.Hash}";

    private SkillLibrary Remember(string key, SkillLibrary library)
    {
        if (!_kept.TryAdd(key, library))
        {
            return _kept.GetValueOrDefault(key, library);
        }

        _order.Enqueue(key);
        while (_order.Count > MostKept && _order.TryDequeue(out var oldest))
        {
            _kept.TryRemove(oldest, out _);
        }

        return library;
    }

    private sealed record ServerSkills(string Stamp, long Looked, SkillShelf? Shelf, IReadOnlyList<SkillFault> Faults);
}
