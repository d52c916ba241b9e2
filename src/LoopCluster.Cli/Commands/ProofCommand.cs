using System.CommandLine;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
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
            Description = "Write the proof or report with patch, logs and public key into this new directory instead",
            HelpName = "DIR",
        };
        var statement = new Option<bool>("--statement") { Description = "Print what is signed, readable, instead of the signed envelope" };
        var command = new Command(
            "proof",
            "Print an ended loop's signed proof or, if it is not verified, its signed report; 'proof verify' checks one"
        )
        {
            id,
            directory,
            statement,
            Verify(options),
        };
        return command
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
                var (proof, hint) = await source.ProofAsync(loop, cancellationToken).ConfigureAwait(false);
                if (context.Get(directory) is { } target)
                {
                    var file = await KeepAsync(source, loop, proof, target, cancellationToken).ConfigureAwait(false);
                    context.Io.Say(context.Hints.Of("proof verify", file, "--key", Path.Combine(target, KeyName)), whole: true);
                    context.Io.Note("the key came from where the proof came from: compare it with the one you know of this deployment");
                }
                else
                {
                    context.Io.WriteBytes(context.Get(statement) ? ProofVerifier.Read(proof, "the proof").ToReadable() : proof.Span);
                    context.Io.Note(context.Hints.Complete(hint), whole: true);
                }

                return ProofVerifier.TryRead(proof, out _) is { IsProof: false, Predicate: var ended }
                    ? VerificationOutput.TellReport(context.Io, ended)
                    : ExitCodes.Verified;
            });
    }

    /// <summary>All that a check needs, each file where the proof says it is.</summary>
    /// <returns>The file to check.</returns>
    private static async Task<string> KeepAsync(
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

        var statement = ProofVerifier.Read(proof, $"the proof of loop {loop}");
        foreach (var named in statement.Predicate.Files())
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

        Directory.CreateDirectory(root);
        await File.WriteAllBytesAsync(
                Path.Combine(root, KeyName),
                (await source.ProofKeyAsync(cancellationToken).ConfigureAwait(false)).ToArray(),
                cancellationToken
            )
            .ConfigureAwait(false);
        // Last: a directory with a proof in it is whole.
        var name = statement.IsProof ? ProofWriter.ProofName : ProofWriter.ReportName;
        await File.WriteAllBytesAsync(Path.Combine(root, name), proof.ToArray(), cancellationToken).ConfigureAwait(false);
        return Path.Combine(directory, name);
    }

    /// <summary>Signature, patch and logs; the outcome is also what <c>demo</c> shows.</summary>
    public static Verification Check(string file, DataDirectory data) => ProofVerifier.Verify(file, data.PublicKey).Result;

    private static Command Verify(CommonOptions options)
    {
        var file = new Argument<string>("FILE") { Description = "proof.json or report.json, with the files that it names beside it" };
        var key = new Option<string?>("--key")
        {
            Description = "Public key in PEM that is trusted. Default: that of the data directory",
            HelpName = "FILE",
        };
        var rerun = new Option<bool>("--rerun") { Description = "Also build each gate's tree anew and run the gate again" };
        return new Command(
            "verify",
            "Check a proof: signature, subjects, patch, logs, the ledger if it is here and, with --rerun, the gates themselves"
        )
        {
            file,
            key,
            rerun,
        }.Does(options, async (context, cancellationToken) =>
        {
            var (result, statement) = ProofVerifier.Verify(context.Get(file), context.Get(key) ?? context.Data.PublicKey);
            if (!result.Ok || statement is null)
            {
                return VerificationOutput.Write(context.Io, result, "parts of the proof");
            }

            if (context.Get(rerun) && !statement.IsProof)
            {
                throw new BadInputException(
                    "proof-unreadable",
                    "--rerun",
                    "it is a report and no proof: no gate passed that could be run again"
                );
            }

            result = await AgainstLedgerAsync(context, statement, context.Get(file), result, cancellationToken).ConfigureAwait(false);
            if (result.Ok && context.Get(rerun))
            {
                await using var runtime = LoopRuntime.Read(context.Data, context.RuntimeOptions(ModelCatalog.Empty));
                result = await new ProofRerun(context.Io, runtime.Ports)
                    .RunAsync(statement.Predicate, result, cancellationToken)
                    .ConfigureAwait(false);
            }

            return statement.IsProof
                ? VerificationOutput.Write(context.Io, result, "parts of the proof")
                : VerificationOutput.WriteReport(context.Io, result, statement.Predicate);
        });
    }

    /// <summary>A proof is checked anywhere; where this machine has the loop's ledger, both have to say the same.</summary>
    private static async Task<Verification> AgainstLedgerAsync(
        CommandContext context,
        ExitStatement statement,
        string file,
        Verification so,
        CancellationToken cancellationToken
    )
    {
        if (!Directory.Exists(context.Data.Ledger))
        {
            return so;
        }

        try
        {
            await using var runtime = LoopRuntime.Read(context.Data, context.RuntimeOptions(ModelCatalog.Empty));
            return await new ProofLedgerCheck(runtime.Ledger)
                .RunAsync(statement, await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false), so, cancellationToken)
                .ConfigureAwait(false)
                ?? so;
        }
        catch (Exception e) when (e is InfrastructureException or UnauthorizedAccessException)
        {
            context.Io.Note($"the ledger in {context.Data.Root} cannot be read, and the proof was not compared with it: {e.Message}");
            return so;
        }
    }
}
