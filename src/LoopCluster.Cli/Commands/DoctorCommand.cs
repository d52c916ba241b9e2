using System.CommandLine;
using LoopCluster.Cli.Doctor;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Loops;
using Spectre.Console;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop doctor</c>: what is here, what is missing, what to do.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommonOptions options) =>
        new Command("doctor", "Check what loops need on this machine, and say what to do").Does(
            options,
            async (context, cancellationToken) =>
            {
                await using var reading = context.Read();
                var findings = new List<Finding>();
                await foreach (
                    var finding in new Examination(context.Data, reading.Ports).RunAsync(cancellationToken).ConfigureAwait(false)
                )
                {
                    findings.Add(finding);
                    if (!context.Io.Json)
                    {
                        Say(context.Io, finding);
                    }
                }

                var fit = findings.TrueForAll(f => f.Health != Health.Bad);
                if (context.Io.Json)
                {
                    WriteJson(context.Io, findings, fit);
                }

                return fit ? ExitCodes.Verified : ExitCodes.Unavailable;
            }
        );

    private static void Say(CliIo io, Finding finding)
    {
        var (mark, color) = finding.Health switch
        {
            Health.Good => ("ok  ", Color.Green),
            Health.Weak => ("weak", Color.Yellow),
            _ => ("BAD ", Color.Red),
        };
        io.Words.Write(new Text(mark, new Style(color)));
        var detail = TerminalText.Line(finding.Detail, 300);
        foreach (var (index, line) in (io.Width is { } columns ? TerminalText.Wrap(detail, Math.Max(20, columns - 25)) : [detail]).Index())
        {
            io.Words.Write(new Text(index == 0 ? $"  {finding.Name, -19}" : new string(' ', 25)));
            io.Words.WriteLine(line);
        }

        if (finding.Todo is { } todo)
        {
            io.Say($"      do: {todo}");
        }
    }

    private static void WriteJson(CliIo io, IReadOnlyList<Finding> findings, bool fit) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ok", fit);
            writer.WriteStartArray("checks");
            foreach (var finding in findings)
            {
                writer.WriteStartObject();
                writer.WriteString("name", finding.Name);
                writer.WriteString(
                    "health",
                    finding.Health switch
                    {
                        Health.Good => "good",
                        Health.Weak => "weak",
                        _ => "bad",
                    }
                );
                writer.WriteString("detail", finding.Detail);
                writer.WriteString("todo", finding.Todo);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
}
