using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Output;

/// <summary>How every <c>verify</c> tells its outcome.</summary>
internal static class VerificationOutput
{
    /// <returns>The exit code.</returns>
    public static int Write(CliIo io, Verification result, string what)
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

                writer.WriteEndObject();
            });
        }
        else if (result.FirstBad is { } bad)
        {
            io.Say($"NOT ok: {bad.File}{(bad.Seq is { } seq ? $", entry {seq}" : "")}: {TerminalText.Clean(bad.Reason)}");
        }
        else
        {
            io.Say($"ok: {result.Checked} {what} checked");
        }

        return result.Ok ? ExitCodes.Verified : ExitCodes.VerificationFailed;
    }
}
