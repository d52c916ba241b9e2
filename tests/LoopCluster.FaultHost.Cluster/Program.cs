using LoopCluster.FaultHost;
using LoopCluster.FaultHost.Cluster;

return await FaultProgram.RunAsync(args, async options => await SiloParts.OpenAsync(options));
