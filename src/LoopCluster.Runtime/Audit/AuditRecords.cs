using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Audit;

/// <summary>What an event puts into the audit log. Arguments appear redacted and short; their hash binds the exact ones.</summary>
internal static class AuditRecords
{
    private const int MostArguments = 512;

    /// <summary>An auditor reads these lines; they are never embedded in HTML as they are.</summary>
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Null for an event that decides nothing an auditor asks about.</summary>
    /// <param name="state">Before the event.</param>
    public static AuditRecord? Of(LoopState state, LoopEvent loopEvent, LoopSecrets secrets, DateTimeOffset at) =>
        loopEvent switch
        {
            // Taken up again by another driver: the decision is in the log already.
            ToolRequested when state.Open is not null => null,
            ToolRequested e => ToolDecided(state, e.Approval is null ? "allow" : "approved", e.Rule, secrets, at),
            ExplorationStarted { Call: not null } e => ToolDecided(state, e.Approval is null ? "allow" : "approved", e.Rule, secrets, at),
            ApprovalAsked { Kind: ApprovalKind.Tool } e => ToolDecided(state, "ask", e.Rule, secrets, at),
            ToolCompleted { Outcome: ToolOutcome.Denied, Rule: { } rule } => ToolDecided(state, "deny", rule, secrets, at),
            CancelRequested e => Signal(state, e, e.Id, e.By, at),
            PauseRequested e => Signal(state, e, e.Id, e.By, at),
            ResumeRequested e => Signal(state, e, e.Id, e.By, at),
            MessageReceived e => Signal(state, e, e.Id, e.By, at),
            ApprovalGiven e => Signal(state, e, e.Id, e.By, at),
            _ => null,
        };

    private static AuditRecord ToolDecided(LoopState state, string decision, string? rule, LoopSecrets secrets, DateTimeOffset at)
    {
        var call = state.NextCall!;
        // Parsed, so that an escape does not hide a secret. It was parsed before it was decided.
        var arguments = secrets.Of(state.Created.Models.Values).Redact(ToolArguments.Read(call.Arguments)).GetRawText();
        using var stream = new MemoryStream(512);
        using (var writer = new Utf8JsonWriter(stream, Readable))
        {
            writer.WriteStartObject();
            writer.WriteNumber("epoch", state.Epoch);
            writer.WriteString("call", call.Id);
            writer.WriteString("tool", call.Name);
            writer.WriteString("arguments", arguments.Length <= MostArguments ? arguments : arguments[..MostArguments]);
            writer.WriteString("argumentsHash", LedgerHash.Of(Encoding.UTF8.GetBytes(call.Arguments)).ToString());
            writer.WriteString("tree", state.Workspace.Tree);
            writer.WriteString("decision", decision);
            writer.WriteString("rule", rule);
            writer.WriteEndObject();
        }

        return new AuditRecord(state.Created.Tenant, state.Id.Value, at, "tool-decided", Parse(stream));
    }

    private static AuditRecord Signal(LoopState state, LoopEvent signal, string id, string by, DateTimeOffset at)
    {
        using var stream = new MemoryStream(256);
        using (var writer = new Utf8JsonWriter(stream, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("by", by);
            if (signal is ApprovalGiven approval)
            {
                writer.WriteNumber("asked", approval.Asked);
                writer.WriteBoolean("granted", approval.Granted);
                writer.WriteString("reason", approval.Reason);
            }

            writer.WriteEndObject();
        }

        return new AuditRecord(state.Created.Tenant, state.Id.Value, at, EventTypes.NameOf(signal), Parse(stream));
    }

    private static JsonElement Parse(MemoryStream stream)
    {
        var reader = new Utf8JsonReader(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        return JsonElement.ParseValue(ref reader);
    }
}
