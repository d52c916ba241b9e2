using System.CommandLine;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Sessions;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop proof ID</c> and <c>loop proof verify FILE</c>.</summary>
internal static class ProofCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        var command = new Command("proof", "Print a verified loop's proof; 'proof verify' checks one") { id, Verify(options) };
        return command.WithServer(options).Does(options, async (context, cancellationToken) =>
        {
            await using var source = context.OpenSource();
            var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
            var (proof, hint) = await source.ProofAsync(loop, cancellationToken).ConfigureAwait(false);
            context.Io.WriteBytes(proof.Span);
            context.Io.Note(hint, whole: true);
            return 0;
        });
    }

    /// <summary>Signature, patch and logs; the outcome is also what <c>demo</c> shows.</summary>
    public static Verification Check(string file, DataDirectory data) => ProofVerifier.Verify(file, data.PublicKey).Result;

    private static Command Verify(CommonOptions options)
    {
        var file = new Argument<string>("FILE") { Description = "proof.json, with the patch and the logs beside it" };
        var key = new Option<string?>("--key") { Description = "Public key in PEM that is trusted. Default: that of the data directory", HelpName = "FILE" };
        var rerun = new Option<bool>("--rerun") { Description = "Also build each gate's tree anew and run the gate again" };
        return new Command("verify", "Check a proof: signature, patch, logs and, with --rerun, the gates themselves") { file, key, rerun }.Does(options, async (context, cancellationToken) =>
        {
            var (result, document) = ProofVerifier.Verify(context.Get(file), context.Get(key) ?? context.Data.PublicKey);
            if (result.Ok && context.Get(rerun))
            {
                await using var runtime = LoopRuntime.Read(context.Data, context.RuntimeOptions(ModelCatalog.Empty));
                result = await new ProofRerun(context.Io, runtime.Ports).RunAsync(document, result, cancellationToken).ConfigureAwait(false);
            }

            return VerificationOutput.Write(context.Io, result, "parts of the proof");
        });
    }
}
