using System.Text.Json;
using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Server;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Hosting.Checks;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using Spectre.Console;

namespace LoopCluster.Cli.Sessions;

/// <summary><c>loop run --check</c>: all a run needs is tried before it spends anything, in a directory that is gone afterwards.</summary>
internal static class SpecCheck
{
    private const int MostDetail = 600;

    public static Task<int> RunAsync(CommandContext context, string file, bool offline, CancellationToken cancellationToken) =>
        RunAsync(
            context,
            context.LoadModels(),
            SpecFile.Read(file),
            offline ? ModelAsking.Offline : ModelAsking.Ask,
            [],
            cancellationToken
        );

    /// <summary>
    /// Against a server: the spec as it would be sent, and whether the server has the models it names. The base and its gates are tried in
    /// this machine's sandbox; keys and endpoints are the server's own business, which its API does not tell.
    /// </summary>
    public static async Task<int> RunAsync(CommandContext context, ServerLoops server, string file, CancellationToken cancellationToken)
    {
        var spec = SpecFile.Parse(SpecInline.Read(file).Span, SpecOrigin.Api);
        var all = await server.Api.ModelsAsync(cancellationToken).ConfigureAwait(false);
        string[] auto = all.Agents.ContainsKey(AgentNames.Make) ? [ModelCatalog.AutoName] : [];
        var known = (IReadOnlyList<string>)[.. all.Models.Select(m => m.Name), .. all.Tiers.Keys, .. auto];
        var models = spec
            .Models.Where(m => m.Value is { Name: not null, Script: null })
            .Select(m => CheckRules.Served(m.Key, m.Value.Name!, known));
        return await RunAsync(context, ModelCatalog.Empty, spec, ModelAsking.Elsewhere, [.. models], cancellationToken)
            .ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(
        CommandContext context,
        ModelCatalog models,
        LoopSpec spec,
        ModelAsking asking,
        IReadOnlyList<CheckFinding> before,
        CancellationToken cancellationToken
    )
    {
        spec = models.WriteOut(spec);
        var secrets = spec.Models.Values.SelectMany(m => (IEnumerable<string?>)[m.KeyEnv, .. m.Dialect?.HeaderVariables() ?? []]);
        using var temporary = TemporaryData.Create(context.Data);
        CheckOutcome outcome;
        using (var view = new ProgressView(context.Io))
        {
            await using var runtime = await LoopRuntime
                .OwnAsync(temporary.Data, context.RuntimeOptions(models, secrets), temporary.Share)
                .ConfigureAwait(false);
            outcome = await new SpecChecker(runtime.Ports, runtime.Starter)
                .RunAsync(
                    new StartLoop(CommandContext.Tenant, spec),
                    asking,
                    before,
                    (what, now) => view.Show(new LedgerEntry(now.Id, now.Seq, now.UpdatedAt, now.Epoch, [what], now.Head), now),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }

        Tell(context.Io, spec, outcome);
        return outcome.Verdict?.ExitCode ?? ExitCodes.Verified;
    }

    private static void Tell(CliIo io, LoopSpec spec, CheckOutcome outcome)
    {
        if (io.Json)
        {
            Write(io, spec, outcome);
        }

        foreach (var finding in outcome.Findings)
        {
            var (mark, color) = finding.Health switch
            {
                CheckHealth.Good => ("ok  ", Color.Green),
                CheckHealth.Weak => ("weak", Color.Yellow),
                _ => ("BAD ", Color.Red),
            };
            io.Words.Write(new Text(mark, new Style(color)));
            io.Words.Write(new Text($"  {finding.Name, -13}{TerminalText.Line(finding.Detail, MostDetail)}"));
            io.Words.WriteLine();
            if (finding.Todo is { } todo)
            {
                io.Say($"      do: {TerminalText.Line(todo, MostDetail)}");
            }
        }

        io.Say(
            outcome.Verdict is { } bad
                ? $"not fit to run ({StatusOf(outcome)}): {TerminalText.Clean(bad.Detail)}"
                : "fit to run: every gate does on the base what it should"
        );
    }

    /// <summary>The status a run would end with; <c>fit</c> when it would begin.</summary>
    private static string StatusOf(CheckOutcome outcome) =>
        outcome.Verdict switch
        {
            null => "fit",
            { Name: "gates" or "prepare" } when outcome.End is { } end => Names.Of(end.Status),
            { ExitCode: ExitCodes.BadInput } => Names.Of(LoopStatus.Rejected),
            _ => Names.Of(LoopStatus.Unavailable),
        };

    private static void Write(CliIo io, LoopSpec spec, CheckOutcome outcome) =>
        io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ok", outcome.Verdict is null);
            writer.WriteString("status", StatusOf(outcome));
            writer.WriteNumber("exitCode", outcome.Verdict?.ExitCode ?? ExitCodes.Verified);
            writer.WriteString("reason", outcome.Verdict?.Detail);
            if (outcome.Verdict is { Code: { } code } refused)
            {
                WriteError(writer, code, [.. outcome.Findings.Where(f => f.Code == code)], refused);
            }

            writer.WriteStartArray("checks");
            foreach (var finding in outcome.Findings)
            {
                writer.WriteStartObject();
                writer.WriteString("name", finding.Name);
                writer.WriteString(
                    "health",
                    finding.Health switch
                    {
                        CheckHealth.Good => "good",
                        CheckHealth.Weak => "weak",
                        _ => "bad",
                    }
                );
                writer.WriteString("detail", finding.Detail);
                writer.WriteString("todo", finding.Todo);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("protected");
            foreach (var name in outcome.End?.Imported.Protection?.Names ?? [])
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("gates");
            foreach (var gate in spec.Gates)
            {
                writer.WriteStartObject();
                writer.WriteString("name", gate.Name);
                writer.WriteString("wanted", Names.Of(gate.Baseline));
                Write(writer, outcome.End?.Baseline.GetValueOrDefault(gate.Name));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    /// <summary>As every refusal is told.</summary>
    private static void WriteError(Utf8JsonWriter writer, string code, IReadOnlyList<CheckFinding> faults, CheckFinding first)
    {
        writer.WriteStartObject("error");
        writer.WriteString("code", code);
        writer.WriteString("message", MessageOf(first));
        writer.WriteString("path", first.Path);
        writer.WriteStartArray("faults");
        foreach (var fault in faults)
        {
            writer.WriteStartObject();
            writer.WriteString("path", fault.Path);
            writer.WriteString("message", MessageOf(fault));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string MessageOf(CheckFinding refusal) =>
        refusal.Path is { Length: > 0 } path && refusal.Detail.StartsWith($"{path}: ", StringComparison.Ordinal)
            ? refusal.Detail[(path.Length + 2)..]
            : refusal.Detail;

    private static void Write(Utf8JsonWriter writer, GateCompleted? ran)
    {
        writer.WriteString("outcome", ran is null ? null : Names.Of(ran.Outcome));
        if (ran?.ExitCode is { } code)
        {
            writer.WriteNumber("exitCode", code);
        }
        else
        {
            writer.WriteNull("exitCode");
        }

        writer.WriteString("output", LastLines.Of(ran?.Output));
        writer.WriteString("missing", ran?.Missing?.Name);
    }
}
