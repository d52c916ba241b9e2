using LoopCluster.FaultHost;

return await FaultProgram.RunAsync(args, async options => await HostParts.OpenAsync(options));
