using System.Buffers.Binary;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Workspaces.Git;

/// <summary>
/// A loop's own bare repository, <c>repos/LOOP.git</c>. It is a cache: everything in it comes from packs in the blob store, so nothing here
/// is synced, and what an earlier process left is not believed but rebuilt.
/// </summary>
internal sealed class LoopRepository(GitRunner git, IBlobStore blobs, string directory)
{
    // Git's own limit between loose objects and a pack (transfer.unpackLimit).
    private const int UnpackLimit = 100;

    private readonly HashSet<string> _packs = [];

    public string Directory => directory;

    /// <summary>An empty repository, whatever was there before.</summary>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        Delete();
        await git.RunAsync(
            new GitCall(null, "init", "--quiet", "--bare", "--template=", "--object-format=sha1", "--initial-branch=loop", directory),
            cancellationToken
        );
    }

    public void Delete()
    {
        _packs.Clear();
        if (System.IO.Directory.Exists(directory))
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>
    /// Takes the place of whatever is at <paramref name="place"/>, on the same file system. This one is not to be used any more.
    /// </summary>
    public LoopRepository MoveTo(string place)
    {
        var moved = new LoopRepository(git, blobs, place);
        moved.Delete();
        System.IO.Directory.Move(directory, place);
        moved._packs.UnionWith(_packs);
        return moved;
    }

    /// <summary>A file in the repository for a pack that is being made.</summary>
    public string NewPackFile() => Path.Combine(directory, "objects", "pack", $"pack-{Guid.NewGuid():N}.pack");

    /// <summary>Takes a finished pack file made at <see cref="NewPackFile"/> in.</summary>
    public Task IndexAsync(string packFile, CancellationToken cancellationToken) =>
        git.RunAsync(new GitCall(directory, "index-pack", packFile), cancellationToken);

    /// <summary>Takes a finished pack in and remembers that it is durable as <paramref name="blob"/>, if it is.</summary>
    public async Task AddAsync(PackWriter pack, BlobRef? blob, CancellationToken cancellationToken)
    {
        pack.Stream.Position = 0;
        var call =
            pack.Count < UnpackLimit
                ? new GitCall(directory, "unpack-objects", "-q") { Feed = pack.Stream.CopyTo }
                : new GitCall(directory, "index-pack", "--stdin") { Feed = pack.Stream.CopyTo };
        await git.RunAsync(call, cancellationToken);
        if (blob is not null)
        {
            _packs.Add(blob.Hash);
        }
    }

    public void Remember(BlobRef pack) => _packs.Add(pack.Hash);

    /// <summary>Adds the packs that this process has not added yet, from the blob store. Many packs cost one run of git.</summary>
    public async Task FetchAsync(IReadOnlyList<BlobRef> packs, CancellationToken cancellationToken)
    {
        var missing = packs.Where(p => !_packs.Contains(p.Hash)).DistinctBy(p => p.Hash).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        var file = NewPackFile();
        await using (var joined = new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024))
        {
            joined.SetLength(12);
            joined.Position = 12;
            var count = 0;
            foreach (var pack in missing)
            {
                count += await AppendAsync(pack, joined, cancellationToken);
            }

            PackWriter.Finish(joined, count);
        }

        await IndexAsync(file, cancellationToken);
        missing.ForEach(Remember);
    }

    /// <summary>The repository is here and has these objects.</summary>
    public async Task<bool> HoldsAsync(IReadOnlyList<ObjectId> ids, CancellationToken cancellationToken)
    {
        if (!System.IO.Directory.Exists(directory))
        {
            return false;
        }

        var holds = true;
        var call = new GitCall(directory, "cat-file", "--batch-check", "--buffer")
        {
            Feed = input => WriteIds(input, ids),
            Consume = output =>
            {
                using var reader = new StreamReader(output, Encoding.ASCII, leaveOpen: true);
                holds = !reader.ReadToEnd().Contains(" missing", StringComparison.Ordinal);
            },
        };
        await git.RunAsync(call, cancellationToken);
        return holds;
    }

    /// <summary>The repository holds all that these blobs hold.</summary>
    public bool Has(IReadOnlyList<BlobRef> packs) => packs.All(p => _packs.Contains(p.Hash));

    /// <summary>All leaves of a tree or of a commit's tree.</summary>
    public async Task<TreeListing> ListAsync(ObjectId tree, CancellationToken cancellationToken)
    {
        var result = await git.RunAsync(new GitCall(directory, "ls-tree", "-r", "-z", "--full-tree", tree.ToString()), cancellationToken);
        try
        {
            return TreeListing.Parse(result.Output);
        }
        catch (InvalidDataException e)
        {
            throw new InfrastructureException("workspace-unavailable", $"The tree {tree} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>
    /// Gives each object, in order, to <paramref name="take"/>, which runs on a thread made for blocking; what it does not read is skipped.
    /// </summary>
    public Task ReadAsync(IReadOnlyList<ObjectId> ids, ObjectTaker take, CancellationToken cancellationToken) =>
        git.RunAsync(
            new GitCall(directory, "cat-file", "--batch", "--buffer")
            {
                Feed = input => WriteIds(input, ids),
                Consume = output =>
                {
                    var reader = new ObjectReader(output);
                    for (var i = 0; i < ids.Count; i++)
                    {
                        var (type, size) = reader.Next();
                        take(i, reader, type ?? throw ObjectReader.Missing(ids[i]), size);
                        reader.SkipRest();
                    }
                },
            },
            cancellationToken
        );

    /// <summary>One id a line, as git's batch commands read them.</summary>
    public static void WriteIds(Stream input, IEnumerable<ObjectId> ids)
    {
        using var writer = new StreamWriter(input, Encoding.ASCII, 16 * 1024, leaveOpen: true);
        foreach (var id in ids)
        {
            writer.Write(id.ToString());
            writer.Write('\n');
        }
    }

    public async Task<CommitObject> ReadCommitAsync(ObjectId commit, CancellationToken cancellationToken)
    {
        var result = await git.RunAsync(new GitCall(directory, "cat-file", "commit", commit.ToString()), cancellationToken);
        return CommitObject.Parse(result.Output);
    }

    /// <summary>
    /// Where the loop started: back along first parents until one is not here. Marks it for git as the end of history.
    /// </summary>
    public async Task<ObjectId> FindBaseAsync(ObjectId commit, CancellationToken cancellationToken)
    {
        var shallow = Path.Combine(directory, "shallow");
        File.Delete(shallow);
        ObjectId? found = null;
        var call = new GitCall(directory, "cat-file", "--batch")
        {
            Converse = (input, output) =>
            {
                var reader = new ObjectReader(output);
                for (ObjectId? next = commit; next is { } id; )
                {
                    input.Write(Encoding.ASCII.GetBytes($"{id}\n"));
                    input.Flush();
                    if (reader.Next().Type is null)
                    {
                        return;
                    }

                    found = id;
                    next = CommitObject.Parse(reader.ReadToEnd()).Parents is [var parent, ..] ? parent : null;
                }
            },
        };
        await git.RunAsync(call, cancellationToken);
        var start = found ?? throw ObjectReader.Missing(commit);
        await MarkBaseAsync(start, cancellationToken);
        return start;
    }

    /// <summary>Tells git not to look for this commit's parents, which are not here.</summary>
    public Task MarkBaseAsync(ObjectId commit, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(Path.Combine(directory, "shallow"), $"{commit}\n", cancellationToken);

    // The entries of a pack can be moved into another as they are: deltas name their base by relative offset or by id.
    private async Task<int> AppendAsync(BlobRef pack, FileStream joined, CancellationToken cancellationToken)
    {
        await using var source = await blobs.OpenAsync(pack.Hash, cancellationToken)
            ?? throw new InfrastructureException(
                "workspace-unavailable",
                $"The blob store lacks the pack {pack.Hash}, without which the loop's files cannot be rebuilt."
            );
        var header = new byte[12];
        await source.ReadExactlyAsync(header, cancellationToken);
        if (!header.AsSpan().StartsWith("PACK\0\0\0\u0002"u8))
        {
            throw new InfrastructureException("workspace-unavailable", $"The blob {pack.Hash} is no pack of version 2.");
        }

        await source.CopyToAsync(joined, cancellationToken);
        joined.SetLength(joined.Length - ObjectId.Length);
        joined.Position = joined.Length;
        return BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
    }
}

/// <param name="index">Which of the ids asked for.</param>
internal delegate void ObjectTaker(int index, ObjectReader reader, string type, long size);
