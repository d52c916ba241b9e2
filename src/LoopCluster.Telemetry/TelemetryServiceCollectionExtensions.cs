using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Telemetry;

public static class TelemetryServiceCollectionExtensions
{
    /// <summary>
    /// Sends traces, metrics and logs of this process to the OTLP endpoint that the <c>OTEL_*</c> settings name; adds nothing when they
    /// name none. Needs a <see cref="Runtime.Policy.SecretRedactor"/>. Sending begins when hosted services are started, and ends with what
    /// is left when the container is disposed.
    /// </summary>
    /// <param name="service">Name of the service, unless the settings give one.</param>
    /// <param name="sources">Further activity sources and meters, for example of what hosts the loops.</param>
    /// <returns>Whether anything is sent.</returns>
    /// <exception cref="Engine.Errors.BadInputException"><c>bad-configuration</c>.</exception>
    public static bool AddLoopTelemetry(
        this IServiceCollection services,
        IConfiguration configuration,
        string service,
        params string[] sources
    )
    {
        ArgumentNullException.ThrowIfNull(services);
        var settings = TelemetrySettings.Read(configuration);
        if (settings.IsOff)
        {
            return false;
        }

        // A method of its own: only entering it loads OpenTelemetry.
        OtlpExport.Add(services, settings, service, sources);
        return true;
    }
}
