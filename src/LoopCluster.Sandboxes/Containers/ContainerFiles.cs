namespace LoopCluster.Sandboxes.Containers;

/// <summary>What of this machine every container is made with.</summary>
/// <param name="Waiter">Path of the first process.</param>
/// <param name="Seccomp">Path of the seccomp profile.</param>
internal sealed record ContainerFiles(string Waiter, string Seccomp)
{
    /// <summary>Names of users and hosts, which differ by image.</summary>
    public IReadOnlyList<ContainerMount> Machine { get; init; } = [];

    /// <summary>
    /// Ports below 1024 may be bound and <c>::1</c> is there, as on a machine; engines switch off what a network without IPv6 has no use
    /// for. A kernel without IPv6 does not know the setting and would refuse the container.
    /// </summary>
    public IReadOnlyDictionary<string, string> KernelSettings { get; init; } =
        Directory.Exists("/proc/sys/net/ipv6")
            ? new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "0", ["net.ipv6.conf.all.disable_ipv6"] = "0" }
            : new Dictionary<string, string> { ["net.ipv4.ip_unprivileged_port_start"] = "0" };
}
