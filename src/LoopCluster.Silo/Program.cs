return await LoopCluster.Silo.SiloCommand.RunAsync(args).ConfigureAwait(false);
