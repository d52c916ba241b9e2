using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Docker.Tests;

/// <summary>Started with arguments this assembly is the harness process that <see cref="OrphanTests"/> kill.</summary>
internal static class Program
{
    public static Task<int> Main(string[] arguments) => HarnessProcess.MainAsync(arguments, LiveEngine.Rig);
}
