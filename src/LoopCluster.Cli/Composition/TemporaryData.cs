using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Sandboxes;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Cli.Composition;

/// <summary>
/// A data directory below another one's <c>work/</c>, gone when disposed. What a killed process left is removed by the next.
/// </summary>
internal sealed class TemporaryData : IDisposable
{
    private readonly DataDirectory _parent;

    private TemporaryData(DataDirectory parent, DataDirectory data) => (_parent, Data) = (parent, data);

    public DataDirectory Data { get; }

    public static TemporaryData Create(DataDirectory parent)
    {
        parent.Create();
        Directory.CreateDirectory(parent.Checks, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        RemoveDead(parent);
        return new TemporaryData(parent, new DataDirectory(Path.Combine(parent.Checks, Guid.NewGuid().ToString("n"))));
    }

    /// <summary>Containers are the parent installation's: one waiter is compiled, and one reaper knows them.</summary>
    public void Share(IServiceCollection services) =>
        services.PostConfigureLoopSandboxes(sandbox => sandbox.StateDirectory = _parent.SandboxState);

    public void Dispose()
    {
        if (Directory.Exists(Data.Root))
        {
            Directory.Delete(Data.Root, recursive: true);
        }
    }

    private static void RemoveDead(DataDirectory parent)
    {
        foreach (var directory in Directory.EnumerateDirectories(parent.Checks))
        {
            try
            {
                DataDirectoryLock.Acquire(directory).Dispose();
                Directory.Delete(directory, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadInputException)
            {
                // In use, or being removed by somebody else: not ours to remove.
            }
        }
    }
}
