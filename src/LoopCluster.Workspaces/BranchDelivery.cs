using System.Buffers.Binary;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Linux;
using LoopCluster.Workspaces.Files;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Import;

namespace LoopCluster.Workspaces;

/// <summary>
/// Puts a change into the user's repository as a branch. Objects first, then the one ref; no hook, index or work tree is involved.
/// </summary>
internal sealed class BranchDelivery(WorkspaceContext context)
{
    private const string Prefix = "loopcluster";
    private const int UnpackLimit = 100;

    /// <summary>
    /// Git keeps branches like files: below a branch that is called like our prefix, or above one below our name, ours cannot be made.
    /// Reads only.
    /// </summary>
    /// <exception cref="BadInputException"><c>branch-in-the-way</c>.</exception>
    public static async Task CheckAsync(WorkspaceContext context, LocalRepository target, string path, CancellationToken cancellationToken)
    {
        var own = $"refs/heads/{Prefix}/{context.Loop}";
        var listed = await context.Git.TryRunAsync(
            new GitCall(target.GitDirectory, "for-each-ref", "--format=%(refname)", $"refs/heads/{Prefix}", own),
            cancellationToken
        );
        var refs = listed.ExitCode == 0 ? listed.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
        var inTheWay = refs.FirstOrDefault(r =>
            r == $"refs/heads/{Prefix}" || r == own || r.StartsWith(own + "/", StringComparison.Ordinal)
        );
        if (inTheWay is null)
        {
            // One git cannot read is in the way as well.
            var place = await context.Git.TryRunAsync(
                new GitCall(target.GitDirectory, "rev-parse", "--path-format=absolute", "--git-path", $"refs/heads/{Prefix}"),
                cancellationToken
            );
            inTheWay = place.ExitCode == 0 && File.Exists(place.Text) ? $"refs/heads/{Prefix}" : null;
        }

        if (inTheWay is not null)
        {
            var branch = inTheWay["refs/heads/".Length..];
            throw new BadInputException(
                "branch-in-the-way",
                "workspace.path",
                $"The change is to be delivered as branch {Prefix}/{context.Loop}, which the branch '{branch}' of '{path}' stands in the way of. Rename it (git branch -m {branch} NEW-NAME) or delete it."
            );
        }
    }

    public async Task<string> DeliverAsync(LocalRepository target, string branch, ObjectId commit, CancellationToken cancellationToken)
    {
        var owner = await OwnerAsync(target, cancellationToken);
        var start = await context.Repository.FindBaseAsync(commit, cancellationToken);
        var hasBase = await context.Git.TryRunAsync(
            new GitCall(target.GitDirectory, "cat-file", "-e", $"{start}^{{commit}}") { As = owner },
            cancellationToken
        );
        if (hasBase.ExitCode != 0)
        {
            throw new InfrastructureException(
                "workspace-unavailable",
                $"The repository no longer has the commit {start} that the loop started from, or cannot be read ({hasBase.Error.Trim()}). 'loop diff {context.Loop}' shows the change."
            );
        }

        using var pack = new SpillStream(context.Layout.NewTemporaryFile(context.Loop));
        var make = new GitCall(context.Repository.Directory, "pack-objects", "--revs", "--stdout", "-q")
        {
            Feed = input => input.Write(Encoding.ASCII.GetBytes($"{commit}\n^{start}\n")),
            Consume = output => output.CopyTo(pack),
        };
        await context.Git.RunAsync(make, cancellationToken);

        pack.Position = 8;
        var header = new byte[4];
        pack.ReadExactly(header);
        pack.Position = 0;
        string[] take = BinaryPrimitives.ReadInt32BigEndian(header) < UnpackLimit ? ["unpack-objects", "-q"] : ["index-pack", "--stdin"];
        await context.Git.RunAsync(
            new GitCall(target.GitDirectory, take)
            {
                As = owner,
                Durable = true,
                Feed = pack.CopyTo,
            },
            cancellationToken
        );
        await context.Git.RunAsync(
            new GitCall(target.GitDirectory, "update-ref", "-m", $"loopcluster {context.Loop}", $"refs/heads/{branch}", commit.ToString())
            {
                As = owner,
                Durable = true,
            },
            cancellationToken
        );
        return branch;
    }

    // Files that root left in somebody's repository would lock its owner out.
    private async Task<(uint User, uint Group)?> OwnerAsync(LocalRepository target, CancellationToken cancellationToken)
    {
        if (LinuxProcess.EffectiveUser() != 0)
        {
            return null;
        }

        var place = await context.Git.RunAsync(
            new GitCall(target.GitDirectory, "rev-parse", "--path-format=absolute", "--git-path", "objects"),
            cancellationToken
        );
        using var folder = Folder.OpenHost(place.Text, followLink: true);
        var stat = folder.Stat();
        return stat.User == 0 ? null : (stat.User, stat.Group);
    }
}
