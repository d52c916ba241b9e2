using System.Globalization;
using System.Net;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.Engine.Errors;

namespace LoopCluster.ClusterKit.Networks;

/// <summary>
/// Each node in a network namespace of its own, on a bridge that stands in one more: there no firewall rule of the machine sees the
/// packets. This process is on the bridge as well.
/// </summary>
public sealed class NamespaceNetwork : ClusterNetwork, INetworkFaults
{
    private const int FirstPort = 11000;
    private static int _count;

    private readonly string _prefix;
    private readonly string _subnet;
    private readonly HashSet<NetworkNode> _narrow = [];
    private int _nodes;

    private NamespaceNetwork(string prefix, string subnet) => (_prefix, _subnet) = (prefix, subnet);

    public override IPAddress Runner => AddressOf(254);

    public override INetworkFaults Faults => this;

    private string Switch => _prefix + "-switch";

    /// <summary>Why there can be none on this machine, or null.</summary>
    public static string? Missing() =>
        !Environment.IsPrivilegedProcess ? "network namespaces take root"
        : !Tool.IsInstalled("ip") ? "network namespaces take 'ip' (Debian's package iproute2)"
        : null;

    public static async Task<NamespaceNetwork> CreateAsync()
    {
        await RemoveLeftoversAsync().ConfigureAwait(false);
        var number = Interlocked.Increment(ref _count);
        var network = new NamespaceNetwork(
            string.Create(CultureInfo.InvariantCulture, $"lc{Environment.ProcessId}x{number}"),
            string.Create(
                CultureInfo.InvariantCulture,
                $"10.{200 + (((Environment.ProcessId >> 8) + number) % 50)}.{Environment.ProcessId & 0xff}"
            )
        );
        await Ip("netns", "add", network.Switch).ConfigureAwait(false);
        await Ip("-n", network.Switch, "link", "add", "bridge", "type", "bridge", "forward_delay", "0").ConfigureAwait(false);
        await Ip("-n", network.Switch, "link", "set", "bridge", "up").ConfigureAwait(false);
        await Ip("link", "add", network._prefix, "type", "veth", "peer", "name", "runner", "netns", network.Switch).ConfigureAwait(false);
        await Ip("-n", network.Switch, "link", "set", "runner", "master", "bridge", "up").ConfigureAwait(false);
        await Ip("addr", "add", $"{network.Runner}/24", "dev", network._prefix).ConfigureAwait(false);
        await Ip("link", "set", network._prefix, "up").ConfigureAwait(false);
        return network;
    }

    public override async Task<NetworkNode> AddAsync(string name)
    {
        var space = $"{_prefix}-{name}";
        var address = AddressOf(Interlocked.Increment(ref _nodes));
        await Ip("netns", "add", space).ConfigureAwait(false);
        await Ip("-n", space, "link", "set", "lo", "up").ConfigureAwait(false);
        await Ip("-n", Switch, "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", space).ConfigureAwait(false);
        await Ip("-n", Switch, "link", "set", name, "master", "bridge", "up").ConfigureAwait(false);
        await Ip("-n", space, "addr", "add", $"{address}/24", "dev", "eth0").ConfigureAwait(false);
        await Ip("-n", space, "link", "set", "eth0", "up").ConfigureAwait(false);
        var port = FirstPort;
        return new NetworkNode(name, address, space, () => Interlocked.Increment(ref port));
    }

    public Task CutAsync(NetworkNode node) => Ip("-n", Switch, "link", "set", node.Name, "down");

    public async Task SeparateAsync(NetworkNode one, NetworkNode other)
    {
        // Isolated ports of a bridge reach every port but each other.
        await Tool.RunAsync("bridge", "-n", Switch, "link", "set", "dev", one.Name, "isolated", "on").ConfigureAwait(false);
        await Tool.RunAsync("bridge", "-n", Switch, "link", "set", "dev", other.Name, "isolated", "on").ConfigureAwait(false);
    }

    public async Task<string> DelayAsync(NetworkNode node)
    {
        _narrow.Add(node);
        try
        {
            await Shape(node, "netem", "delay", "150ms", "50ms").ConfigureAwait(false);
            return "150 ms ± 50 ms more to it";
        }
        catch (InfrastructureException)
        {
            // Not every kernel has netem. A narrow link queues what is sent, which is a delay under load.
            await Shape(node, "tbf", "rate", "512kbit", "burst", "4kb", "latency", "400ms").ConfigureAwait(false);
            return "512 kbit/s to it, queueing up to 400 ms; this kernel has no netem";
        }
    }

    public async Task HealAsync(NetworkNode node)
    {
        if (_narrow.Remove(node))
        {
            await Tool.RunAsync("tc", "-n", Switch, "qdisc", "del", "dev", node.Name, "root").ConfigureAwait(false);
        }

        await Tool.RunAsync("bridge", "-n", Switch, "link", "set", "dev", node.Name, "isolated", "off").ConfigureAwait(false);
        await Ip("-n", Switch, "link", "set", node.Name, "up").ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await RemoveAsync(_prefix).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private IPAddress AddressOf(int host) => IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{_subnet}.{host}"));

    private Task Shape(NetworkNode node, params string[] discipline) =>
        Tool.RunAsync("tc", ["-n", Switch, "qdisc", "replace", "dev", node.Name, "root", .. discipline]);

    private static Task Ip(params string[] arguments) => Tool.RunAsync("ip", arguments);

    /// <summary>Namespaces of runs that were killed: their prefix names the process.</summary>
    private static async Task RemoveLeftoversAsync()
    {
        foreach (var name in await NamesAsync().ConfigureAwait(false))
        {
            var prefix = name.Split('-')[0];
            if (
                prefix.StartsWith("lc", StringComparison.Ordinal)
                && prefix[2..].Split('x') is [var pid, _]
                && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && !Directory.Exists($"/proc/{pid}")
            )
            {
                await Ip("netns", "del", name).ConfigureAwait(false);
            }
        }
    }

    private static async Task RemoveAsync(string prefix)
    {
        foreach (
            var name in (await NamesAsync().ConfigureAwait(false)).Where(name => name.StartsWith(prefix + "-", StringComparison.Ordinal))
        )
        {
            await Ip("netns", "del", name).ConfigureAwait(false);
        }
    }

    /// <summary>With the switch's namespace its bridge and every link to it are gone.</summary>
    private static async Task<IEnumerable<string>> NamesAsync() =>
        (await Tool.RunAsync("ip", "netns", "list").ConfigureAwait(false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')[0]);
}
