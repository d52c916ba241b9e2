using System.Globalization;
using System.Text;
using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Import;

/// <summary>What an imported base leaves out: submodules, LFS contents, and what the user's work tree has that is not committed.</summary>
internal sealed class WorkspaceSurvey(WorkspaceContext context)
{
    private const int MostNamed = 1000;
    private const int MostAttributes = 64 * 1024;
    private const int SmallestPointer = 100;
    private const int LargestPointer = 1024;

    public async Task<WorkspaceFacts> MakeAsync(WorkspaceSpec workspace, BaseSnapshot start, CancellationToken cancellationToken)
    {
        var listing = await context.Repository.ListAsync(ObjectId.Parse(start.Tree), cancellationToken);
        var pointers = await FindPointersAsync(listing, cancellationToken);
        var facts = new WorkspaceFacts
        {
            Commit = start.Commit,
            Files = listing.Paths.Count(p => !listing[p].IsSubmodule),
            Submodules = Texts(listing.Paths.Where(p => listing[p].IsSubmodule)),
            LfsPointers = Texts(pointers),
        };
        return workspace.Path is { } path && LocalRepository.Find(path) is { } repository
            ? await AddLocalAsync(facts, path, repository, start, listing, pointers, cancellationToken)
            : facts;
    }

    private async Task<WorkspaceFacts> AddLocalAsync(
        WorkspaceFacts facts,
        string path,
        LocalRepository repository,
        BaseSnapshot start,
        TreeListing listing,
        HashSet<RawPath> pointers,
        CancellationToken cancellationToken
    )
    {
        var call = new GitCall(
            repository.GitDirectory,
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "objects",
            "--git-path",
            "shallow",
            "--git-path",
            "info/exclude",
            "HEAD"
        );
        var said = await context.Git.TryRunAsync(call, cancellationToken);
        var places = said.Text.Split('\n', 4);
        if (places.Length < 4)
        {
            return facts with { Repository = path, NotCompared = said.Error.Trim() };
        }

        var kind = CloneKind.Of(places[0], places[1]);
        facts = facts with { Repository = path, IsShallow = kind.IsShallow, IsPartial = kind.IsPartial };
        if (said.ExitCode != 0 || repository.GitDirectory == path || places[3].Trim() != start.Commit)
        {
            // A bare repository has no work tree, and one that stands on another commit differs from the base as it should.
            return facts;
        }

        try
        {
            var tree = await Task.Run(
                () => WorkTree.Compare(path, places[2], listing, pointers, MostNamed, cancellationToken),
                cancellationToken
            );
            return facts with { Changed = tree.Changed, Untracked = tree.Untracked };
        }
        catch (Exception e) when (e is InfrastructureException or IOException or UnauthorizedAccessException)
        {
            // Nothing a run needs: it never looks into the work tree.
            return facts with { NotCompared = e.Message };
        }
    }

    /// <summary>Only where an attribute of the base speaks of LFS: otherwise nothing is read.</summary>
    private async Task<HashSet<RawPath>> FindPointersAsync(TreeListing listing, CancellationToken cancellationToken)
    {
        var found = new HashSet<RawPath>();
        var attributes = listing.Paths.Where(p => p.Name == ".gitattributes" && listing[p].IsFile).ToList();
        var speaks = false;
        await ReadAsync(
            attributes,
            listing,
            (_, content) => speaks |= content.Length <= MostAttributes && content.AsSpan().IndexOf("filter=lfs"u8) >= 0,
            cancellationToken
        );
        if (!speaks)
        {
            return found;
        }

        var files = listing.Paths.Where(p => listing[p].IsFile).ToList();
        var sizes = Array.Empty<string>();
        await context.Git.RunAsync(
            new GitCall(context.Repository.Directory, "cat-file", "--batch-check=%(objectsize)", "--buffer")
            {
                Feed = input => LoopRepository.WriteIds(input, files.Select(p => listing[p].Id)),
                Consume = output =>
                {
                    using var reader = new StreamReader(output, Encoding.ASCII, leaveOpen: true);
                    sizes = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
                },
            },
            cancellationToken
        );
        var small = files
            .Where(
                (_, i) =>
                    i < sizes.Length
                    && int.TryParse(sizes[i], CultureInfo.InvariantCulture, out var size)
                    && size is >= SmallestPointer and <= LargestPointer
            )
            .ToList();
        await ReadAsync(
            small,
            listing,
            (path, content) => _ = content.AsSpan().StartsWith("version https://git-lfs.github.com/spec/"u8) && found.Add(path),
            cancellationToken
        );
        return found;
    }

    private async Task ReadAsync(
        List<RawPath> paths,
        TreeListing listing,
        Action<RawPath, byte[]> take,
        CancellationToken cancellationToken
    )
    {
        if (paths.Count > 0)
        {
            await context.Repository.ReadAsync(
                [.. paths.Select(p => listing[p].Id)],
                (i, reader, _, _) => take(paths[i], reader.ReadToEnd()),
                cancellationToken
            );
        }
    }

    private static List<string> Texts(IEnumerable<RawPath> paths) => [.. paths.Order().Take(MostNamed).Select(p => p.ToString())];
}
