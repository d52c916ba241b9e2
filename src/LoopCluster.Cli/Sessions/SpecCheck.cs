using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reports;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary><c>loop run --check</c>: what a loop does before it spends anything, in a directory that is gone afterwards.</summary>
internal static class SpecCheck
{
    private static readonly Duration Patience = Duration.FromSeconds(2);

    public static async Task<int> RunAsync(CommandContext context, ModelCatalog models, LoopSpec spec, CancellationToken cancellationToken)
    {
        using var temporary = TemporaryData.Create(context.Data);
        LoopState end;
        using (var view = new ProgressView(context.Io))
        {
            await using var runtime = await LoopRuntime.OwnAsync(temporary.Data, context.RuntimeOptions(models), temporary.Share).ConfigureAwait(false);
            // An answer is wanted now: a check does not wait an outage out.
            var state = await runtime.Starter.CreateAsync(new StartLoop(CommandContext.Tenant, spec with { Outage = Patience }), cancellationToken).ConfigureAwait(false);
            if (state.Created is { } created)
            {
                view.Show(new LedgerEntry(state.Id, state.Seq, state.UpdatedAt, state.Epoch, [created], state.Head), state);
            }

            end = await new BaselineCheck(runtime.Ports).RunAsync(
                state, (what, now) => view.Show(new LedgerEntry(now.Id, now.Seq, now.UpdatedAt, now.Epoch, [what], now.Head), now), cancellationToken).ConfigureAwait(false);
        }

        if (context.Io.Json)
        {
            Write(context.Io, end);
        }

        context.Io.Say(IsUnfit(end) ? $"not fit to run ({Names.Of(end.Status)}): {TerminalText.Clean(end.StopReason ?? "")}" : "fit to run: every gate does on the base what it should");
        return IsUnfit(end) ? ExitCodes.For(end.Status) : ExitCodes.Verified;
    }

    private static bool IsUnfit(LoopState end) => end.IsTerminal || end.Status == LoopStatus.Parked;

    private static void Write(CliIo io, LoopState end) => io.WriteJson(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("ok", !IsUnfit(end));
        writer.WriteString("status", IsUnfit(end) ? Names.Of(end.Status) : "fit");
        writer.WriteNumber("exitCode", IsUnfit(end) ? ExitCodes.For(end.Status) : ExitCodes.Verified);
        writer.WriteString("reason", end.StopReason);
        writer.WriteStartArray("protected");
        foreach (var name in end.Created.Protection?.Names ?? [])
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("gates");
        foreach (var gate in end.Spec.Gates)
        {
            writer.WriteStartObject();
            writer.WriteString("name", gate.Name);
            writer.WriteString("wanted", Names.Of(gate.Baseline));
            Write(writer, end.Baseline.GetValueOrDefault(gate.Name));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void Write(System.Text.Json.Utf8JsonWriter writer, GateCompleted? ran)
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
