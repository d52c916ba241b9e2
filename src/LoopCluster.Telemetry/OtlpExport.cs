using System.Diagnostics;
using System.Reflection;
using LoopCluster.Runtime.Policy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LoopCluster.Telemetry;

/// <summary>What is collected, and where it goes.</summary>
internal static class OtlpExport
{
    private const string Ours = "LoopCluster.*";

    public static void Add(IServiceCollection services, TelemetrySettings settings, string service, string[] sources)
    {
        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource
                    .AddService(settings.ServiceName ?? service, serviceVersion: Version, autoGenerateServiceInstanceId: true)
                    // Last, so that OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME win.
                    .AddEnvironmentVariableDetector()
            );
        if (settings.Traces)
        {
            telemetry.WithTracing(tracing =>
                tracing
                    .AddSource([Ours, .. sources])
                    .AddAspNetCoreInstrumentation(server => server.Filter = static context => !IsProbe(context.Request.Path))
                    .AddHttpClientInstrumentation(client =>
                        client.FilterHttpRequestMessage = static request => IsModelCall(request, Activity.Current?.Parent)
                    )
            );
        }

        if (settings.Metrics)
        {
            telemetry.WithMetrics(metrics =>
                metrics
                    .AddMeter([Ours, .. sources])
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddRuntimeInstrumentation()
            );
        }

        // Its own filter: what stderr shows is another question. Never Trace, which alone may hold what a model or a person wrote.
        var level = settings.Logs ? LogLevel.Information : LogLevel.None;
        services.AddLogging(logging =>
            logging
                .AddFilter<OpenTelemetryLoggerProvider>(null, level)
                .AddFilter<OpenTelemetryLoggerProvider>("Microsoft", settings.Logs ? LogLevel.Warning : LogLevel.None)
                .AddFilter<OpenTelemetryLoggerProvider>("System", settings.Logs ? LogLevel.Warning : LogLevel.None)
                .AddFilter<OpenTelemetryLoggerProvider>("Orleans", settings.Logs ? LogLevel.Warning : LogLevel.None)
        );
        if (settings.Logs)
        {
            telemetry.WithLogging(
                logs => logs.AddProcessor(provider => new LogRedaction(provider.GetRequiredService<SecretRedactor>())),
                options => options.IncludeFormattedMessage = true
            );
        }

        telemetry.UseOtlpExporter();
    }

    private static string? Version =>
        typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static bool IsProbe(string path) => path is "/healthz" or "/readyz";

    /// <summary>
    /// Requests to the container engine are part of a tool call or a gate, and say nothing beside it; some are made while a model thinks.
    /// </summary>
    private static bool IsModelCall(HttpRequestMessage request, Activity? above) =>
        above is { Kind: ActivityKind.Client, Source.Name: var source }
        && source.StartsWith("LoopCluster.", StringComparison.Ordinal)
        && request.RequestUri is { } url
        && url.IdnHost.Equals(above.GetTagItem("server.address"))
        && url.Port.Equals(above.GetTagItem("server.port"));
}
