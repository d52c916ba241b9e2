using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Tells a full disk, a read-only one and one that is somebody else's apart, and what to do about each.</summary>
public static class DiskFaults
{
    // errno of Linux, which .NET keeps as the HResult.
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int OverQuota = 122;

    /// <summary>True when the disk itself refuses, whoever asks and whatever is open.</summary>
    public static bool IsOfDisk(Exception fault) => fault is IOException { HResult: NoSpace or ReadOnly or OverQuota };

    /// <summary>What is wrong with a data directory that could not be written.</summary>
    public static LoopClusterException Unusable(string root, Exception fault) =>
        fault switch
        {
            IOException { HResult: NoSpace or OverQuota } => new InfrastructureException(
                "disk-full",
                $"There is no space left for the data directory '{root}' ({fault.Message}). Free some, or give another directory with --data; no loop was harmed.",
                fault
            ),
            IOException { HResult: ReadOnly } => new BadInputException(
                "data-directory-unusable",
                "--data",
                $"'{root}' is on a read-only file system: loops there can be read ('loop ls', 'loop show', 'loop log'), not driven. Mount it writable, or give another directory with --data."
            ),
            UnauthorizedAccessException => new BadInputException(
                "data-directory-unusable",
                "--data",
                $"'{root}' may not be written by user {Environment.UserName} ({fault.Message}). Change its owner, or give another directory with --data."
            ),
            _ => new BadInputException(
                "data-directory-unusable",
                "--data",
                $"'{root}' cannot be used as a data directory: {fault.Message}"
            ),
        };
}
