using System.Buffers.Binary;
using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Workspaces.Files;
using LoopCluster.Runtime.Workspaces.Git;
using LoopCluster.Runtime.Workspaces.Import;

namespace LoopCluster.Runtime.Workspaces;

/// <summary>Puts a change into the user's repository as a branch. Objects first, then the one ref; no hook, index or work tree is involved.</summary>
internal sealed class BranchDelivery(WorkspaceContext context)
{
    private const int UnpackLimit = 100;

    public async Task<string> DeliverAsync(LocalRepository target, string branch, ObjectId commit, CancellationToken cancellationToken)
    {
        var owner = await OwnerAsync(target, cancellationToken);
        var start = await context.Repository.FindBaseAsync(commit, cancellationToken);
        var hasBase = await context.Git.TryRunAsync(
            new GitCall(target.GitDirectory, "cat-file", "-e", $"{start}^{{commit}}") { As = owner }, cancellationToken);
        if (hasBase.ExitCode != 0)
        {
            throw new InfrastructureException(
                "workspace-unavailable", $"The repository no longer has the commit {start} that the loop started from, or cannot be read ({hasBase.Error.Trim()}). 'loop diff {context.Loop}' shows the change.");
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
        await context.Git.RunAsync(new GitCall(target.GitDirectory, take) { As = owner, Durable = true, Feed = pack.CopyTo }, cancellationToken);
        await context.Git.RunAsync(
            new GitCall(target.GitDirectory, "update-ref", "-m", $"loopcluster {context.Loop}", $"refs/heads/{branch}", commit.ToString()) { As = owner, Durable = true },
            cancellationToken);
        return branch;
    }

    // Files that root left in somebody's repository would lock its owner out.
    private async Task<(uint User, uint Group)?> OwnerAsync(LocalRepository target, CancellationToken cancellationToken)
    {
        if (LinuxFiles.EffectiveUser() != 0)
        {
            return null;
        }

        var place = await context.Git.RunAsync(new GitCall(target.GitDirectory, "rev-parse", "--path-format=absolute", "--git-path", "objects"), cancellationToken);
        using var folder = Folder.OpenHost(place.Text, followLink: true);
        var stat = folder.Stat();
        return stat.User == 0 ? null : (stat.User, stat.Group);
    }
}
