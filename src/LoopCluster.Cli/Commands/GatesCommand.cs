using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop gates [ID|SPEC]</c>: what decides about a task, and how each gate stands; without one, what gates are worth.</summary>
internal static class GatesCommand
{
    public static Command Create(CommonOptions options)
    {
        var what = new Argument<string?>("ID|SPEC")
        {
            Description = "A loop, or a spec file; without one the record of every gate",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("gates", "What gates are worth: runs, verdicts, flakes, strength, false passes. With a loop or spec: its gates")
        {
            what,
        }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                if (context.Find(what) is not { } one)
                {
                    return await GateRecordOutput.WriteAsync(context, cancellationToken).ConfigureAwait(false);
                }

                var (gates, states) = File.Exists(one)
                    ? (SpecFile.Read(one).Gates, [])
                    : await ReadAsync(context, one, cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    WriteJson(context.Io, gates, states);
                    return 0;
                }

                foreach (var gate in gates)
                {
                    var state = states.FirstOrDefault(s => s.Name == gate.Name);
                    var stands =
                        state is null ? ""
                        : state.Passed ? ": passed"
                        : $": {(state.Outcome is { } last ? Names.Of(last) : "not run yet")}";
                    context.Io.Say(TerminalText.Clean($"{gate.Name}{stands}"));
                    if (gate is CommandGate command)
                    {
                        context.Io.Say(TerminalText.Clean($"  run       {command.Run.Trim()}"));
                    }
                    else if (gate is JudgeGate { Judge: var judge })
                    {
                        context.Io.Say(
                            TerminalText.Clean(
                                $"  judges    {judge.Quorum} of {judge.Votes} approve: {string.Join(", ", judge.Perspectives)}"
                            )
                        );
                        continue;
                    }

                    context.Io.Say(
                        $"  baseline  {Names.Of(gate.Baseline)}, timeout {gate.Timeout}{(gate.Confirm > 1 ? $", {gate.Confirm} passes in a row" : "")}"
                    );
                    if (gate.Protect.Count > 0)
                    {
                        context.Io.Say(TerminalText.Clean($"  protect   {string.Join(", ", gate.Protect)}"));
                    }
                }

                return 0;
            });
    }

    private static async ValueTask<(IReadOnlyList<GateSpec> Gates, IReadOnlyList<ReportGate> States)> ReadAsync(
        CommandContext context,
        string id,
        CancellationToken cancellationToken
    )
    {
        await using var source = context.OpenSource();
        var loop = await source.ResolveAsync(id, cancellationToken).ConfigureAwait(false);
        var state = await new LoopLoader(source.Ledger).LoadAsync(loop, cancellationToken).ConfigureAwait(false)
            ?? throw LoopStarter.UnknownLoop(loop);
        return (state.Spec.Gates, [.. state.Spec.Gates.Select(gate => ReportGate.Of(state, gate))]);
    }

    private static void WriteJson(CliIo io, IReadOnlyList<GateSpec> gates, IReadOnlyList<ReportGate> states) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartArray();
            foreach (var gate in gates)
            {
                var state = states.FirstOrDefault(s => s.Name == gate.Name);
                writer.WriteStartObject();
                writer.WriteString("name", gate.Name);
                writer.WriteString("run", (gate as CommandGate)?.Run);
                writer.WriteString("baseline", Names.Of(gate.Baseline));
                writer.WriteStartArray("protect");
                foreach (var glob in gate.Protect)
                {
                    writer.WriteStringValue(glob);
                }

                writer.WriteEndArray();
                writer.WriteBoolean("passed", state?.Passed ?? false);
                writer.WriteString("outcome", state?.Outcome is { } outcome ? Names.Of(outcome) : null);
                writer.WriteString("tree", state?.Tree);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
}
