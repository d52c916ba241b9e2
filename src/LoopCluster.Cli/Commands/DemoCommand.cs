using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop demo</c>: red, the raw error, the fix, green, and a proof that is checked; with a scripted model, in real containers.
/// </summary>
internal static class DemoCommand
{
    private const string DemoDirectory = "demo";

    public static Command Create(CommonOptions options) =>
        new Command("demo", "Watch a loop go from red to green, with a scripted model and real containers").Does(
            options,
            (given, cancellationToken) =>
            {
                var context = given;
                if (!given.IsDataGiven)
                {
                    // Made first, so that it is as closed to others as if a run had made it.
                    given.Data.Create();
                    context = given.In(new DataDirectory(Path.Combine(given.Data.Root, DemoDirectory)));
                }

                var file = Path.Combine(AppContext.BaseDirectory, "examples", "fibonacci", "loop.yaml");
                context.Io.Note($"The task is {file}; what the model says is in script.yaml beside it. Everything else is real.");
                return RunCommand.RunAsync(
                    context,
                    ModelCatalog.Empty,
                    SpecFile.Read(file),
                    report => Explain(context, report),
                    cancellationToken
                );
            }
        );

    private static int Explain(CommandContext context, LoopReport report)
    {
        if (report.Proof is not { } proof)
        {
            return ExitCodes.Verified;
        }

        var io = context.Io;
        io.Say("");
        io.Say("how it went");
        foreach (var attempt in report.Log)
        {
            io.Say(
                $"  attempt {attempt.Attempt.ToString(CultureInfo.InvariantCulture)}: {TerminalText.Line(attempt.Action, 100)} -> {attempt.GateStatus ?? "no gate ran"}"
            );
            foreach (var line in TerminalText.Tail(attempt.Error ?? "", 6).Where(l => l.Length > 0))
            {
                io.Say("    | " + line);
            }
        }

        var checkedProof = ProofCommand.Check(proof, context.Data);
        io.Say("");
        io.Say(
            checkedProof.Ok
                ? $"the proof holds: signature, patch and logs, {checkedProof.Checked} parts checked against {context.Data.PublicKey}"
                : $"the proof does NOT hold: {checkedProof.FirstBad?.Reason}"
        );
        io.Say($"try it: {context.Hints.Of("proof verify", proof)}", whole: true);
        io.Say($"        {context.Hints.Of("log", report.Id)}", whole: true);
        return checkedProof.Ok ? ExitCodes.Verified : ExitCodes.VerificationFailed;
    }
}
