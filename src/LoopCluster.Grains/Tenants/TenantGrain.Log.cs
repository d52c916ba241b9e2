using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Tenants;

internal sealed partial class TenantGrain
{
    [LoggerMessage(
        EventId = 6210,
        Level = LogLevel.Warning,
        Message = "Loop {Loop} of tenant {Tenant} was admitted and could not be driven; it is tried again"
    )]
    private static partial void LogNotDriven(ILogger logger, Exception error, string loop, string tenant);
}
