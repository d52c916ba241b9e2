using LoopCluster.Engine.Errors;
using Microsoft.Extensions.Configuration;

namespace LoopCluster.Telemetry;

/// <summary>
/// What the <c>OTEL_*</c> settings switch on. The rest of them (headers, timeouts, intervals, samplers, limits) is read by OpenTelemetry
/// itself.
/// </summary>
/// <param name="ServiceName">What <c>OTEL_SERVICE_NAME</c> says, or null.</param>
internal sealed record TelemetrySettings(bool Traces, bool Metrics, bool Logs, string? ServiceName)
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public bool IsOff => !Traces && !Metrics && !Logs;

    /// <exception cref="BadInputException"><c>bad-configuration</c>, every fault with its variable: OpenTelemetry would pass over them in
    /// silence.</exception>
    public static TelemetrySettings Read(IConfiguration configuration)
    {
        if (string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase))
        {
            return new TelemetrySettings(false, false, false, null);
        }

        var faults = new List<InputFault>();
        var everywhere = IsSet(configuration, Endpoint);
        var settings = new TelemetrySettings(
            IsOn("TRACES"),
            IsOn("METRICS"),
            IsOn("LOGS"),
            configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name ? name : null
        );
        if (!settings.IsOff)
        {
            string[] all = ["", "TRACES_", "METRICS_", "LOGS_"];
            faults.AddRange(
                all.Select(s => $"OTEL_EXPORTER_OTLP_{s}ENDPOINT")
                    .Where(v => IsSet(configuration, v) && !IsUrl(configuration[v]!))
                    .Select(v => new InputFault(v, "must be an http or https URL"))
            );
            faults.AddRange(
                all.Select(s => $"OTEL_EXPORTER_OTLP_{s}PROTOCOL")
                    .Where(v => IsSet(configuration, v) && configuration[v] is not ("grpc" or "http/protobuf"))
                    .Select(v => new InputFault(v, "must be grpc or http/protobuf"))
            );
        }

        return faults.Count == 0 ? settings : throw new BadInputException("bad-configuration", faults);

        bool IsOn(string signal)
        {
            switch (configuration[$"OTEL_{signal}_EXPORTER"])
            {
                case null or "":
                    return everywhere || IsSet(configuration, $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
                case "otlp":
                    return true;
                case "none":
                    return false;
                default:
                    faults.Add(new InputFault($"OTEL_{signal}_EXPORTER", "must be otlp or none"));
                    return true;
            }
        }
    }

    private static bool IsSet(IConfiguration configuration, string variable) => !string.IsNullOrEmpty(configuration[variable]);

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https");
}
