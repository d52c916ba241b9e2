using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests;

/// <summary>Started with arguments this assembly is the harness process that the drivers' orphan tests kill.</summary>
internal static class Program
{
    public static Task<int> Main(string[] arguments) => HarnessProcess.MainAsync(arguments, EngineApi.LiveEngine.Rig, Cli.LiveEngine.Rig);
}
