using LoopCluster.Runtime.Policy;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace LoopCluster.Telemetry;

/// <summary>The last look at a log record before it leaves: known secrets are replaced, in exceptions as well.</summary>
internal sealed class LogRedaction(SecretRedactor redactor) : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord record)
    {
        List<KeyValuePair<string, object?>> attributes =
        [
            .. (record.Attributes ?? []).Select(a =>
                a.Value is null or (int or long or double or bool) ? a : new(a.Key, redactor.Redact(a.Value.ToString() ?? ""))
            ),
        ];
        if (record.Exception is { } exception)
        {
            // An exception cannot be changed: what the exporter would have written of it is written here.
            record.Exception = null;
            attributes.Add(new("exception.type", exception.GetType().FullName));
            attributes.Add(new("exception.message", redactor.Redact(exception.Message)));
            attributes.Add(new("exception.stacktrace", redactor.Redact(exception.ToString())));
        }

        record.FormattedMessage = record.FormattedMessage is { } message ? redactor.Redact(message) : null;
        record.Attributes = attributes;
    }
}
