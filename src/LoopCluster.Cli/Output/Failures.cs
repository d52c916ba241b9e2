using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Cli.Output;

/// <summary>The one place where an exception becomes an exit code, words and JSON.</summary>
internal static class Failures
{
    /// <summary>A reader of our output has gone (<c>loop events ID | head</c>): what a shell reports for SIGPIPE.</summary>
    private const int BrokenPipe = 141;
    private const int Epipe = 32;

    public static int ExitCodeOf(Exception error) =>
        error switch
        {
            BadInputException => ExitCodes.BadInput,
            LedgerCorruptException or LoopClusterException { Code: "blob-corrupt" } => ExitCodes.VerificationFailed,
            InfrastructureException => ExitCodes.Unavailable,
            IOException { HResult: Epipe } => BrokenPipe,
            _ => ExitCodes.InternalError,
        };

    /// <param name="hints">Makes the commands whole that the message quotes; null when not even the options could be read.</param>
    /// <param name="ofRun">No loop was begun: the members that scripts read of a run are there as well.</param>
    public static int Report(CliIo io, Exception error, CommandHints? hints = null, bool ofRun = false)
    {
        var exitCode = ExitCodeOf(error);
        if (exitCode == BrokenPipe)
        {
            return exitCode;
        }

        string Whole(string message) => hints?.Complete(message) ?? message;
        var known = error as LoopClusterException;
        IReadOnlyList<InputFault> faults =
        [
            .. ((error as BadInputException)?.Faults ?? []).Select(f => f with { Message = Whole(f.Message) }),
        ];
        if (io.Json)
        {
            io.WriteJson(writer =>
            {
                writer.WriteStartObject();
                if (ofRun && error is BadInputException)
                {
                    writer.WriteString("status", "rejected");
                    writer.WriteNumber("exitCode", exitCode);
                    writer.WriteNumber("cost", 0);
                }

                writer.WriteStartObject("error");
                writer.WriteString("code", known?.Code ?? "internal-error");
                writer.WriteString("message", faults is [var only] ? only.Message : Whole(error.Message));
                writer.WriteString(
                    "path",
                    faults is [{ Path.Length: > 0 } first, ..] ? first.Path : (error as LedgerCorruptException)?.File
                );
                writer.WriteStartArray("faults");
                foreach (var fault in faults)
                {
                    writer.WriteStartObject();
                    writer.WriteString("path", fault.Path);
                    writer.WriteString("message", fault.Message);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                writer.WriteEndObject();
            });
        }

        if (faults.Count > 1)
        {
            io.Note($"error ({known!.Code}):");
            foreach (var fault in faults)
            {
                io.Note("  " + TerminalText.Clean(fault.Path.Length == 0 ? fault.Message : $"{fault.Path}: {fault.Message}"));
            }
        }
        else
        {
            io.Note($"error ({known?.Code ?? "internal-error"}): {TerminalText.Clean(Whole(error.Message))}");
        }

        if (io.Verbose)
        {
            io.Note(TerminalText.Clean(error.ToString()));
        }
        else if (known is null)
        {
            io.Note("This is a fault of ours. Run the command again with --verbose to see where it happened.");
        }

        return exitCode;
    }
}
