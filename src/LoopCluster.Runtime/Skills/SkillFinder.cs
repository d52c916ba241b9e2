using System.Collections.Immutable;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Skills;

/// <summary>The skills of a loop when its base is imported: the spec's folders, the repository's own, the server's.</summary>
internal sealed class SkillFinder(IWorkspaces workspaces, SkillLibraries libraries)
{
    private const int MostSkipped = 20;

    /// <param name="files">Paths of the base's tree.</param>
    public async ValueTask<SkillsFound?> FindAsync(
        LoopId loop,
        LoopSpec spec,
        string tree,
        IReadOnlyList<string> files,
        CancellationToken cancellationToken
    )
    {
        if (spec.Skills is { None: true })
        {
            return null;
        }

        var named = OfFolders(spec.Skills?.From ?? [], cancellationToken);
        var own = await OfTreeAsync(loop, tree, files, cancellationToken).ConfigureAwait(false);
        var server = await libraries.ServerAsync(cancellationToken).ConfigureAwait(false);
        SkillShelf?[] shelves =
        [
            await libraries.KeepAsync(SkillSource.Spec, named.Skills, cancellationToken).ConfigureAwait(false),
            await libraries.KeepAsync(SkillSource.Repository, own.Skills, cancellationToken).ConfigureAwait(false),
            server.Shelf,
        ];
        string[] skipped = [.. named.Faults.Concat(own.Faults).Concat(server.Faults).Select(f => f.ToString())];
        return shelves.All(s => s is null) && skipped.Length == 0
            ? null
            : new SkillsFound(SkillRules.Version, [.. shelves.OfType<SkillShelf>()]) { Skipped = [.. skipped.Take(MostSkipped)] };
    }

    private static FoundSkills OfFolders(IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var found = new List<FoundSkills>();
        foreach (var folder in folders)
        {
            found.Add(
                Directory.Exists(folder)
                    ? SkillFolder.Read(folder, cancellationToken)
                    : new FoundSkills([], [new SkillFault(folder, "is no folder on this machine")])
            );
        }

        return new FoundSkills([.. found.SelectMany(f => f.Skills)], [.. found.SelectMany(f => f.Faults)]);
    }

    /// <summary>Bytes of a repository's skills that are looked at.</summary>
    private const long MostTreeBytes = 32 * 1024 * 1024;

    private const int FilesAtOnce = 64;

    private async ValueTask<FoundSkills> OfTreeAsync(
        LoopId loop,
        string tree,
        IReadOnlyList<string> files,
        CancellationToken cancellationToken
    )
    {
        var reader = new SkillReader();
        string[] wanted = [.. SkillNames.Folders.SelectMany(folder => SkillNames.FilesIn(files, folder)).Take(SkillLibrary.MostSkills)];
        if (wanted.Length == 0)
        {
            return reader.Found;
        }

        // A few at a time: thousands of files may be one blob of a small repository.
        var left = MostTreeBytes;
        foreach (var some in wanted.Chunk(FilesAtOnce))
        {
            var texts =
                left > 0
                    ? await workspaces.ReadFilesAsync(loop, tree, some, SkillFile.MostBytes, cancellationToken).ConfigureAwait(false)
                    : ImmutableDictionary<string, string>.Empty;
            foreach (var file in some)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (left > 0 && texts.GetValueOrDefault(file) is { } text)
                {
                    var bytes = Encoding.UTF8.GetBytes(text);
                    left -= bytes.Length;
                    reader.Take(file, file, bytes);
                }
                else
                {
                    reader.Refuse(
                        file,
                        left > 0
                            ? $"is no regular file of at most {SkillFile.MostBytes / 1024} KiB"
                            : $"is left out: the repository's skills before it have {MostTreeBytes / 1024 / 1024} MiB"
                    );
                }
            }
        }

        return reader.Found;
    }
}
