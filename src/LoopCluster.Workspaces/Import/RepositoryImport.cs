using System.Net;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Workspaces.Git;

namespace LoopCluster.Workspaces.Import;

/// <summary>
/// Takes one commit with its tree, and no history, out of a repository. Its configuration is read only to find the commit; objects are
/// read through our own repository with the other's object directory beside it.
/// </summary>
internal sealed class RepositoryImport(WorkspaceContext context)
{
    private const int MessageLimit = 500;

    /// <summary>As git, curl and ssh say it.</summary>
    private static readonly string[] MayPass =
    [
        "connection refused",
        "connection reset",
        "connection timed out",
        "operation timed out",
        "timed out",
        "network is unreachable",
        "no route to host",
        "couldn't connect to server",
        "failed to connect",
        "temporary failure in name resolution",
        "early eof",
        "remote end hung up unexpectedly",
        "returned error: 429",
        "returned error: 500",
        "returned error: 502",
        "returned error: 503",
        "returned error: 504",
    ];

    public async Task<BaseSnapshot> ReadAsync(
        LocalRepository repository,
        string path,
        string reference,
        CancellationToken cancellationToken
    )
    {
        CheckReference(reference, "-");
        var place = await context.Git.TryRunAsync(
            new GitCall(
                repository.GitDirectory,
                "rev-parse",
                "--show-object-format",
                "--path-format=absolute",
                "--git-path",
                "objects",
                "--git-path",
                "shallow"
            ),
            cancellationToken
        );
        if (place.ExitCode != 0)
        {
            throw Fault("workspace.path", $"git cannot read the repository '{path}'", place);
        }

        var format = place.Text.Split('\n', 3);
        if (format is not ["sha1", var objects, var shallow])
        {
            throw new BadInputException(
                BaseImport.Unreadable,
                "workspace.path",
                $"'{path}' names objects by {format[0]}; only sha1 repositories can be used."
            );
        }

        var kind = CloneKind.Of(objects, shallow);
        var resolved = await context.Git.TryRunAsync(
            new GitCall(repository.GitDirectory, "rev-parse", "--verify", "--quiet", "--end-of-options", $"{reference}^{{commit}}"),
            cancellationToken
        );
        if (resolved.ExitCode != 0)
        {
            throw reference == "HEAD"
                ? new BadInputException(
                    BaseImport.Unreadable,
                    "workspace.path",
                    $"The repository '{path}' has no readable commit at HEAD. Commit something first, or give a ref."
                )
                : new BadInputException(
                    BaseImport.Unreadable,
                    "workspace.ref",
                    $"The repository '{path}' has no commit '{reference}'.{kind.CommitHint(path)}"
                );
        }

        return await TakeAsync(
            ObjectId.Parse(resolved.Text),
            objects,
            "workspace.path",
            kind.PartsHint(path, reference),
            cancellationToken
        );
    }

    /// <param name="publicOnly">The address was given by somebody outside: it may lead to public addresses only.</param>
    public async Task<BaseSnapshot> FetchAsync(string url, string reference, bool publicOnly, CancellationToken cancellationToken)
    {
        var protocol = CheckAddress(url, reference, context.Options);
        var pin = publicOnly ? await RemotePin.OfAsync(url, context.Options, Dns.GetHostAddressesAsync, cancellationToken) : null;
        var fetched = $"{context.Repository.Directory}.fetch";
        var temporary = new LoopRepository(context.Git, context.Blobs, fetched);
        try
        {
            await temporary.CreateAsync(cancellationToken);
            var fetch = new GitCall(
                fetched,
                "fetch",
                "--quiet",
                "--depth=1",
                "--no-tags",
                "--no-recurse-submodules",
                "--no-auto-gc",
                "--end-of-options",
                url,
                reference
            )
            {
                Protocols = protocol,
                Timeout = context.Options.FetchTimeout,
                PassOn = pin?.PassOn ?? context.Options.FetchEnvironment,
                Resolve = pin?.Resolve,
            };
            var result = await context.Git.TryRunAsync(fetch, cancellationToken);
            if (result.ExitCode != 0)
            {
                throw FetchFault($"git could not fetch '{reference}' from {RemoteUrl.Redact(url)}", result);
            }

            var commit = await context.Git.RunAsync(
                new GitCall(fetched, "rev-parse", "--verify", "FETCH_HEAD^{commit}"),
                cancellationToken
            );
            return await TakeAsync(ObjectId.Parse(commit.Text), Path.Combine(fetched, "objects"), "workspace.git", "", cancellationToken);
        }
        finally
        {
            if (Directory.Exists(fetched))
            {
                Directory.Delete(fetched, recursive: true);
            }
        }
    }

    private async Task<BaseSnapshot> TakeAsync(
        ObjectId commit,
        string objects,
        string fault,
        string hint,
        CancellationToken cancellationToken
    )
    {
        var repository = context.Repository;
        var content = await RunAsync(new GitCall(repository.Directory, "cat-file", "commit", commit.ToString()) { Alternate = objects });
        var parsed = CommitObject.Parse(content.Output);
        var listed = await RunAsync(
            new GitCall(repository.Directory, "ls-tree", "-r", "-t", "-z", "--full-tree", parsed.Tree.ToString()) { Alternate = objects }
        );
        var ids = new HashSet<ObjectId> { commit, parsed.Tree };
        Check(listed.Output, ids);

        var file = repository.NewPackFile();
        try
        {
            await RunAsync(
                new GitCall(repository.Directory, "pack-objects", "--stdout", "-q", "--window=0", "--delta-base-offset")
                {
                    Alternate = objects,
                    Feed = input => LoopRepository.WriteIds(input, ids),
                    Consume = output =>
                    {
                        using var target = new FileStream(file, FileMode.CreateNew);
                        output.CopyTo(target);
                    },
                }
            );
            BlobRef blob;
            await using (var pack = new FileStream(file, FileMode.Open, FileAccess.Read))
            {
                blob = await context.Blobs.PutAsync(pack, cancellationToken);
            }

            await repository.IndexAsync(file, cancellationToken);
            repository.Remember(blob);
            await repository.MarkBaseAsync(commit, cancellationToken);
            return new BaseSnapshot(commit.ToString(), parsed.Tree.ToString(), blob);
        }
        catch
        {
            File.Delete(file);
            throw;
        }

        async Task<GitResult> RunAsync(GitCall call)
        {
            var result = await context.Git.TryRunAsync(call, cancellationToken);
            return result.ExitCode == 0
                ? result
                : throw Fault(fault, $"The repository lacks parts of the commit {commit} or holds them damaged.{hint}", result);
        }

        void Check(byte[] output, HashSet<ObjectId> found)
        {
            try
            {
                var listing = TreeListing.Parse(output, found);
                if (listing.Count > context.Options.MaxFiles)
                {
                    throw new InvalidDataException(
                        $"it has {listing.Count} files, more than the {context.Options.MaxFiles} allowed (option MaxFiles)."
                    );
                }

                found.UnionWith(listing.Paths.Select(p => listing[p]).Where(e => !e.IsSubmodule).Select(e => e.Id));
            }
            catch (InvalidDataException e)
            {
                throw new BadInputException(BaseImport.Unreadable, fault, $"The commit {commit} cannot be a workspace: {e.Message}");
            }
        }
    }

    /// <returns>The one protocol that git may speak there.</returns>
    /// <exception cref="BadInputException">It is no address, or no name of a ref.</exception>
    public static string CheckAddress(string url, string reference, WorkspaceOptions options)
    {
        // Besides options: everything that would make a refspec of it.
        CheckReference(reference, "-+^:*?[\\~ ");
        return RemoteUrl.Protocol(url, options.AllowFileUrls)
            ?? throw new BadInputException(
                BaseImport.Unreadable,
                "workspace.git",
                $"'{RemoteUrl.Redact(url)}' is not an address that can be used; give https://HOST/PATH, ssh://HOST/PATH or user@host:path."
            );
    }

    private static void CheckReference(string reference, string forbidden)
    {
        if (
            reference.Length == 0
            || reference.Any(char.IsControl)
            || reference[0] == '-'
            || (forbidden.Length > 1 && reference.AsSpan().IndexOfAny(forbidden.AsSpan(1)) >= 0)
        )
        {
            throw new BadInputException(BaseImport.Unreadable, "workspace.ref", $"'{reference}' is no name of a branch, tag or commit.");
        }
    }

    private static BadInputException Fault(string path, string message, GitResult result) =>
        new(BaseImport.Unreadable, path, $"{message}: {Reason(result)}");

    /// <summary>A server that is busy or away may be there later; one that refuses or does not know the ref says the same again.</summary>
    private static LoopClusterException FetchFault(string message, GitResult result) =>
        MayPass.Any(text => result.Error.Contains(text, StringComparison.OrdinalIgnoreCase))
            ? new InfrastructureException("workspace-unavailable", $"{message}: {Reason(result)}")
            : Fault("workspace.git", message, result);

    private static string Reason(GitResult result)
    {
        var reason = RemoteUrl.Redact(result.Error.Trim());
        return reason.Length > MessageLimit ? reason[..MessageLimit] : reason;
    }
}
