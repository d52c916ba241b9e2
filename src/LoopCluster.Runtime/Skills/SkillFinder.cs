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

        var texts = await workspaces.ReadFilesAsync(loop, tree, wanted, SkillFile.MostBytes, cancellationToken).ConfigureAwait(false);
        foreach (var file in wanted)
        {
            if (texts.GetValueOrDefault(file) is { } text)
            {
                reader.Take(file, file, Encoding.UTF8.GetBytes(text));
            }
            else
            {
                reader.Refuse(file, $"is no regular file of at most {SkillFile.MostBytes / 1024} KiB");
            }
        }

        return reader.Found;
    }
}
