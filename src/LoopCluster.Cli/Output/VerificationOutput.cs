using System.Text.Json;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Output;

/// <summary>How every <c>verify</c> tells its outcome.</summary>
internal static class VerificationOutput
{
    /// <summary>A report can be right, and is no success: nothing was verified.</summary>
    /// <returns>The exit code: how the loop ended, or that the check failed.</returns>
    public static int WriteReport(CliIo io, Verification result, ExitPredicate report)
    {
        var code = Write(io, result, "parts of the report", outcome: report.Outcome);
        return code == ExitCodes.Verified ? TellReport(io, report) : code;
    }

    /// <summary>Says that what was shown is no proof.</summary>
    /// <returns>What the loop ended with.</returns>
    public static int TellReport(CliIo io, ExitPredicate report)
    {
        io.Note(
            TerminalText.Clean(
                $"not verified: this is the signed report of loop {report.Loop}, which ended {Names.Of(report.Outcome)}. {report.Reason}"
            )
        );
        return ExitCodes.For(report.Outcome);
    }

    /// <returns>The exit code.</returns>
    /// <param name="outcome">Of a report: how its loop ended.</param>
    public static int Write(CliIo io, Verification result, string what, BlobVerification? blobs = null, LoopStatus? outcome = null)
    {
        if (io.Json)
        {
            io.WriteJson(writer =>
            {
                writer.WriteStartObject();
                writer.WriteBoolean("ok", result.Ok);
                writer.WriteNumber("checked", result.Checked);
                writer.WritePropertyName("firstBad");
                if (result.FirstBad is { } bad)
                {
                    writer.WriteStartObject();
                    writer.WriteString("file", bad.File);
                    writer.WritePropertyName("seq");
                    if (bad.Seq is { } seq)
                    {
                        writer.WriteNumberValue(seq);
                    }
                    else
                    {
                        writer.WriteNullValue();
                    }

                    writer.WriteString("reason", bad.Reason);
                    writer.WriteEndObject();
                }
                else
                {
                    writer.WriteNullValue();
                }

                if (outcome is { } ended)
                {
                    writer.WriteString("outcome", Names.Of(ended));
                }

                if (blobs is not null)
                {
                    WriteBlobs(writer, blobs);
                }

                writer.WriteEndObject();
            });
        }
        else if (result.FirstBad is { } bad)
        {
            io.Say($"NOT ok: {bad.File}{(bad.Seq is { } seq ? $", entry {seq}" : "")}: {TerminalText.Clean(bad.Reason)}");
            foreach (var blob in blobs?.Bad ?? [])
            {
                io.Say(
                    $"  loop {blob.Loop}, entry {blob.Seq}: {TerminalText.Clean(blob.What)} is {TerminalText.Clean(blob.Reason)} ({Commands.LedgerCommand.FileOf(blob)})"
                );
            }
        }
        else
        {
            io.Say($"ok: {result.Checked} {what}{(blobs is null ? "" : $" and {blobs.Checked} blobs")} checked");
        }

        return result.Ok ? ExitCodes.Verified : ExitCodes.VerificationFailed;
    }

    private static void WriteBlobs(Utf8JsonWriter writer, BlobVerification blobs)
    {
        writer.WriteStartObject("blobs");
        writer.WriteNumber("checked", blobs.Checked);
        writer.WriteStartArray("bad");
        foreach (var blob in blobs.Bad)
        {
            writer.WriteStartObject();
            writer.WriteString("loop", blob.Loop.Value);
            writer.WriteNumber("seq", blob.Seq);
            writer.WriteString("hash", blob.Hash);
            writer.WriteString("what", blob.What);
            writer.WriteString("reason", blob.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
