using System.CommandLine;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop proof ID</c> and <c>loop proof verify FILE</c>.</summary>
internal static class ProofCommand
{
    private const string KeyName = "proof.pub.pem";

    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        var directory = new Option<string?>("--out")
        {
            Description = "Write the proof with patch, logs and public key into this new directory instead",
            HelpName = "DIR",
        };
        var command = new Command("proof", "Print a verified loop's proof; 'proof verify' checks one") { id, directory, Verify(options) };
        return command
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
                var (proof, hint) = await source.ProofAsync(loop, cancellationToken).ConfigureAwait(false);
                if (context.Get(directory) is { } target)
                {
                    await KeepAsync(source, loop, proof, target, cancellationToken).ConfigureAwait(false);
                    var file = Path.Combine(target, "proof.json");
                    context.Io.Say(context.Hints.Of("proof verify", file, "--key", Path.Combine(target, KeyName)), whole: true);
                    context.Io.Note("the key came from where the proof came from: compare it with the one you know of this deployment");
                    return 0;
                }

                context.Io.WriteBytes(proof.Span);
                context.Io.Note(context.Hints.Complete(hint), whole: true);
                return 0;
            });
    }

    /// <summary>All that a check needs, each file where the proof says it is.</summary>
    private static async Task KeepAsync(
        ILoopSource source,
        LoopId loop,
        ReadOnlyMemory<byte> proof,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var root = Path.GetFullPath(directory);
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
        {
            throw new BadInputException("directory-not-empty", "--out", $"{root} is not empty; give a new directory");
        }

        var document = ProofVerifier.Read(proof, $"the proof of loop {loop}");
        foreach (var named in document.Gates.Select(g => g.Log).Prepend(document.Change.Patch))
        {
            var file = Path.GetFullPath(Path.Combine(root, named.File));
            if (!file.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new BadInputException("proof-unreadable", "ID", $"the proof names a file outside of its directory: {named.File}");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(
                    file,
                    (await source.ProofFileAsync(loop, named.File, cancellationToken).ConfigureAwait(false)).ToArray(),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        await File.WriteAllBytesAsync(
                Path.Combine(root, KeyName),
                (await source.ProofKeyAsync(cancellationToken).ConfigureAwait(false)).ToArray(),
                cancellationToken
            )
            .ConfigureAwait(false);
        // Last: a directory with a proof in it is whole.
        await File.WriteAllBytesAsync(Path.Combine(root, "proof.json"), proof.ToArray(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Signature, patch and logs; the outcome is also what <c>demo</c> shows.</summary>
    public static Verification Check(string file, DataDirectory data) => ProofVerifier.Verify(file, data.PublicKey).Result;

    private static Command Verify(CommonOptions options)
    {
        var file = new Argument<string>("FILE") { Description = "proof.json, with the patch and the logs beside it" };
        var key = new Option<string?>("--key")
        {
            Description = "Public key in PEM that is trusted. Default: that of the data directory",
            HelpName = "FILE",
        };
        var rerun = new Option<bool>("--rerun") { Description = "Also build each gate's tree anew and run the gate again" };
        return new Command("verify", "Check a proof: signature, patch, logs and, with --rerun, the gates themselves")
        {
            file,
            key,
            rerun,
        }.Does(options, async (context, cancellationToken) =>
        {
            var (result, document) = ProofVerifier.Verify(context.Get(file), context.Get(key) ?? context.Data.PublicKey);
            if (result.Ok && context.Get(rerun))
            {
                await using var runtime = LoopRuntime.Read(context.Data, context.RuntimeOptions(ModelCatalog.Empty));
                result = await new ProofRerun(context.Io, runtime.Ports)
                    .RunAsync(document, result, cancellationToken)
                    .ConfigureAwait(false);
            }

            return VerificationOutput.Write(context.Io, result, "parts of the proof");
        });
    }
}
