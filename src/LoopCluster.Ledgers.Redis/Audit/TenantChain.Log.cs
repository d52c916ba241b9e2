using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Audit;

internal sealed partial class TenantChain
{
    [LoggerMessage(
        6120,
        LogLevel.Critical,
        "Audit records of tenant {Tenant} up to {Known} are not all in Redis at {Servers} any more, which had acknowledged them: it was restarted without them, or flushed. Its chain ends at {Head} and goes on with a record that says so."
    )]
    private partial void LogLost(string tenant, string servers, long known, long head);
}
