using LoopCluster.ClusterKit.Disks;
using LoopCluster.Engine.Errors;

namespace LoopCluster.TestKit.Disks;

/// <summary>A small disk of a test, which is skipped with a reason where none can be mounted.</summary>
public static class TestDisk
{
    private const int Megabytes = 24;

    public static async Task<SmallDisk> MountOrSkipAsync(string directory)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can mount a small file system");
        try
        {
            return await SmallDisk.MountAsync(directory, Megabytes);
        }
        catch (InfrastructureException e)
        {
            Skip.If(true, $"no file system can be mounted here: {e.Message}");
            throw;
        }
    }
}
