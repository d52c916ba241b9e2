using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Audit;

/// <summary>What goes into the audit log. Arguments appear redacted and short; their hash binds the exact ones.</summary>
internal static class AuditRecords
{
    private const int MostArguments = 512;

    /// <summary>An auditor reads these lines; they are never embedded in HTML as they are.</summary>
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static AuditRecord ToolDecided(LoopState state, ToolCall call, JsonElement parsed, PolicyDecision decision, bool granted, SecretRedactor redactor, DateTimeOffset at)
    {
        // Parsed, so that an escape does not hide a secret.
        var arguments = redactor.Redact(parsed).GetRawText();
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
            writer.WriteString("decision", granted ? "approved" : decision.Effect switch { PolicyEffect.Allow => "allow", PolicyEffect.Ask => "ask", _ => "deny" });
            writer.WriteString("rule", decision.Rule);
            writer.WriteEndObject();
        }

        return new AuditRecord(state.Created.Tenant, state.Id.Value, at, "tool-decided", Parse(stream));
    }

    public static AuditRecord Signal(LoopState state, LoopSignal signal, DateTimeOffset at)
    {
        using var stream = new MemoryStream(256);
        using (var writer = new Utf8JsonWriter(stream, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("id", signal.Id);
            writer.WriteString("by", signal.By);
            if (signal is ApprovalSignal approval)
            {
                writer.WriteNumber("asked", approval.Asked);
                writer.WriteBoolean("granted", approval.Granted);
                writer.WriteString("reason", approval.Reason);
            }

            writer.WriteEndObject();
        }

        var type = signal switch { CancelSignal => "cancel-requested", PauseSignal => "pause-requested", ResumeSignal => "resume-requested", ApprovalSignal => "approval-given", _ => "message-received" };
        return new AuditRecord(state.Created.Tenant, state.Id.Value, at, type, Parse(stream));
    }

    private static JsonElement Parse(MemoryStream stream)
    {
        var reader = new Utf8JsonReader(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        return JsonElement.ParseValue(ref reader);
    }
}
