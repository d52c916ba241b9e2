using System.Formats.Tar;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Workspaces;

/// <summary>
/// Prepared layers on this host: <c>prepared/KEY/layer.json</c> and <c>prepared/KEY/content/</c>. The directory appears with a rename once it
/// is whole; the blob store is where layers are, this is a cache.
/// </summary>
internal sealed class LayerDirectory(IBlobStore blobs, string root)
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string PathOf(PreparedLayer layer) => Path.Combine(root, layer.Key, "content");

    public async ValueTask<PreparedLayer?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var file = Path.Combine(root, key, "layer.json");
        if (!File.Exists(file))
        {
            return null;
        }

        var text = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
        return JsonSerializer.Deserialize<PreparedLayer>(text);
    }

    /// <summary>Packs the paths below <paramref name="directory"/> into a blob and lays them out.</summary>
    public async ValueTask<PreparedLayer> KeepAsync(string key, string directory, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        System.IO.Directory.CreateDirectory(root);
        var file = Path.Combine(root, $".{Guid.NewGuid():n}.tar");
        try
        {
            await PackAsync(file, directory, paths, cancellationToken).ConfigureAwait(false);
            await using var content = File.OpenRead(file);
            var layer = new PreparedLayer(key, await blobs.PutAsync(content, cancellationToken).ConfigureAwait(false), paths);
            await EnsureAsync(layer, cancellationToken).ConfigureAwait(false);
            return layer;
        }
        finally
        {
            File.Delete(file);
        }
    }

    public async ValueTask EnsureAsync(PreparedLayer layer, CancellationToken cancellationToken)
    {
        if (await FindAsync(layer.Key, cancellationToken).ConfigureAwait(false) is { } known && known.Content == layer.Content)
        {
            return;
        }

        await using var content = await blobs.OpenAsync(layer.Content.Hash, cancellationToken).ConfigureAwait(false)
            ?? throw new InfrastructureException("workspace-unavailable", $"the prepared layer {layer.Content.Hash} is not in the blob store");
        var temporary = Path.Combine(root, $".{Guid.NewGuid():n}");
        var target = Path.Combine(temporary, "content");
        System.IO.Directory.CreateDirectory(target);
        await UnpackAsync(content, target, cancellationToken).ConfigureAwait(false);
        await File.WriteAllBytesAsync(Path.Combine(temporary, "layer.json"), JsonSerializer.SerializeToUtf8Bytes(layer), cancellationToken).ConfigureAwait(false);
        try
        {
            System.IO.Directory.Move(temporary, Path.Combine(root, layer.Key));
        }
        catch (IOException) when (System.IO.Directory.Exists(Path.Combine(root, layer.Key)))
        {
            // Another loop laid the same layer out in the meantime.
            System.IO.Directory.Delete(temporary, recursive: true);
        }
    }

    private static async ValueTask PackAsync(string file, string directory, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        await using var stream = File.Create(file);
        await using var writer = new TarWriter(stream, TarEntryFormat.Pax);
        foreach (var path in paths)
        {
            await AddAsync(writer, directory, path, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask AddAsync(TarWriter writer, string root, string path, CancellationToken cancellationToken)
    {
        var full = Path.Combine(root, path);
        var info = new FileInfo(full);
        if (info.LinkTarget is { } link)
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = link }, cancellationToken).ConfigureAwait(false);
        }
        else if (System.IO.Directory.Exists(full))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, path) { Mode = Readable | Executable | UnixFileMode.UserWrite }, cancellationToken).ConfigureAwait(false);
            foreach (var child in System.IO.Directory.EnumerateFileSystemEntries(full).Order(StringComparer.Ordinal))
            {
                await AddAsync(writer, root, Path.Combine(path, Path.GetFileName(child)), cancellationToken).ConfigureAwait(false);
            }
        }
        else if (info.Exists)
        {
            await using var content = File.OpenRead(full);
            var mode = Readable | ((File.GetUnixFileMode(full) & UnixFileMode.UserExecute) != 0 ? Executable : 0);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { Mode = mode, DataStream = content }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Our own unpacking: links are made last, and point where the container, not this host, resolves them.</summary>
    private static async ValueTask UnpackAsync(Stream content, string target, CancellationToken cancellationToken)
    {
        var links = new List<(string Path, string Target)>();
        await using var reader = new TarReader(content, leaveOpen: true);
        while (await reader.GetNextEntryAsync(cancellationToken: cancellationToken).ConfigureAwait(false) is { } entry)
        {
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            var path = Path.GetFullPath(Path.Combine(target, entry.Name));
            if (!path.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new InfrastructureException("workspace-unavailable", $"the prepared layer holds a path outside of it: {entry.Name}");
            }

            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    System.IO.Directory.CreateDirectory(path);
                    break;
                case TarEntryType.SymbolicLink:
                    links.Add((path, entry.LinkName));
                    break;
                default:
                    await using (var file = File.Create(path))
                    {
                        await (entry.DataStream ?? Stream.Null).CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                    }

                    File.SetUnixFileMode(path, entry.Mode);
                    break;
            }
        }

        foreach (var (path, link) in links)
        {
            File.CreateSymbolicLink(path, link);
        }
    }
}
