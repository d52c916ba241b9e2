using System.Globalization;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.Containers;

/// <summary>The labels that the outside relies on.</summary>
internal static class ContainerLabels
{
    public const string Owner = "loopcluster.owner";
    public const string Loop = "loopcluster.loop";
    public const string Epoch = "loopcluster.epoch";
    public const string Tenant = "loopcluster.tenant";
    public const string Deadline = "loopcluster.deadline";

    public static IReadOnlyDictionary<string, string> Create(string ownerLabel, SandboxOwner owner, DateTimeOffset deadline) =>
        new Dictionary<string, string>
        {
            [Owner] = ownerLabel,
            [Loop] = owner.Loop.Value,
            [Epoch] = owner.Epoch.ToString(CultureInfo.InvariantCulture),
            [Tenant] = owner.Tenant,
            [Deadline] = deadline.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        };
}
