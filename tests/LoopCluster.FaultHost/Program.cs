using LoopCluster.FaultHost;
using LoopCluster.FaultHost.Cluster;

// A store that several processes share takes a silo; a data directory alone takes the product's own composition.
return await FaultProgram.RunAsync(args, async options =>
    options.Redis is null ? await HostParts.OpenAsync(options) : await SiloParts.OpenAsync(options)
);
