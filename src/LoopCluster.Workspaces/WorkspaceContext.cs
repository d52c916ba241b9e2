using System.Globalization;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces;

/// <summary>What all work on one loop's files needs.</summary>
internal sealed record WorkspaceContext(
    LoopId Loop,
    WorkspaceOptions Options,
    WorkspaceLayout Layout,
    LoopRepository Repository,
    GitRunner Git,
    IBlobStore Blobs,
    TimeProvider Clock,
    SandboxUser Owner
)
{
    /// <summary>Called when the loop's directory is no longer used.</summary>
    public required Action Close { get; init; }

    /// <summary>Makes a finished pack durable.</summary>
    public async Task<BlobRef> StoreAsync(PackWriter pack, CancellationToken cancellationToken)
    {
        pack.Stream.Position = 0;
        return pack.Stream is SpillStream spill && spill.TryGetMemory(out var content)
            ? await Blobs.PutAsync(content, cancellationToken)
            : await Blobs.PutAsync(pack.Stream, cancellationToken);
    }

    /// <summary>Throws the local repository away and makes it anew from packs.</summary>
    public async Task RebuildAsync(IReadOnlyList<BlobRef> packs, CancellationToken cancellationToken)
    {
        await Repository.CreateAsync(cancellationToken);
        await Repository.FetchAsync(packs, cancellationToken);
    }

    /// <summary>Lines added and removed. Every file counts as text, so that a NUL byte hides nothing from a limit.</summary>
    public async Task<int> CountLinesAsync(ObjectId from, ObjectId to, CancellationToken cancellationToken)
    {
        var call = new GitCall(
            Repository.Directory,
            "diff-tree",
            "-r",
            "-z",
            "--numstat",
            "--text",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            from.ToString(),
            to.ToString()
        );
        var output = (await Git.RunAsync(call, cancellationToken)).Output;
        long lines = 0;
        foreach (var record in Encoding.Latin1.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            // <added> TAB <removed> TAB <path>; a dash where git would not count.
            var fields = record.Split('\t', 3);
            lines += int.TryParse(fields[0], CultureInfo.InvariantCulture, out var added) ? added : 0;
            lines += int.TryParse(fields[1], CultureInfo.InvariantCulture, out var removed) ? removed : 0;
        }

        return (int)Math.Min(lines, int.MaxValue);
    }
}
