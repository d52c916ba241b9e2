return await LoopCluster.Cli.Commands.RootCommands.RunAsync(args).ConfigureAwait(false);
