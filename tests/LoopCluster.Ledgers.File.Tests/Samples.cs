using System.Text.Json;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Tests;

internal static class Samples
{
    public static AuditRecord Audit(string tenant, int number) =>
        new(tenant, "one", DateTimeOffset.UnixEpoch, "tool-allowed", JsonSerializer.SerializeToElement(new { number }));
}
