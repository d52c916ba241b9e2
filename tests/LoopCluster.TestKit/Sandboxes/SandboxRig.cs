using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>One container driver on this machine's engine, for the tests that every driver passes.</summary>
public abstract class SandboxRig
{
    public const string Image = "loopcluster/sandbox";

    /// <summary>As <c>LoopCluster:Sandbox:Driver</c> has it.</summary>
    public abstract string Driver { get; }

    /// <summary>Why these tests cannot run here, or null.</summary>
    public abstract Task<string?> FindReasonToSkipAsync();

    public abstract ISandbox CreateSandbox(string stateDirectory);

    /// <summary>Names of every container of the loop that the engine knows, ended ones included.</summary>
    public abstract Task<IReadOnlyList<string>> ListAsync(LoopId loop);

    /// <summary>Starts a container that no driver made: <c>sleep 600</c> without network.</summary>
    public abstract Task StartStrangerAsync(string name, IReadOnlyDictionary<string, string> labels);

    public abstract Task RemoveAsync(IEnumerable<string> names);

    public async Task SkipWithoutEngineAsync()
    {
        var reason = await FindReasonToSkipAsync();
        Skip.If(reason is not null, reason);
    }

    /// <summary>A directory that the sandbox's user can write; stands in for what the workspaces port makes.</summary>
    public static DirectoryInfo CreateWorkspace()
    {
        var directory = Directory.CreateTempSubdirectory("loopcluster-workspace-");
        File.SetUnixFileMode(directory.FullName, (UnixFileMode)Convert.ToInt32("777", 8));
        return directory;
    }
}
