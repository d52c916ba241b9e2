using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LoopCluster.Runtime.Linux;
using LoopCluster.Sandboxes.Ownership;

namespace LoopCluster.Sandboxes.Egress;

/// <summary>Where the proxies' sockets lie.</summary>
internal static class EgressDirectories
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // A socket's address holds 108 bytes with its ending NUL; names here need at most 40.
    private const int LongestParent = 64;

    /// <summary>
    /// A new directory that only this user can enter: below the state directory, or of the system's temporary one where that path is too
    /// long.
    /// </summary>
    public static DirectoryInfo Create(string stateDirectory)
    {
        var parent = Path.Combine(stateDirectory, "egress");
        if (Encoding.UTF8.GetByteCount(parent) > LongestParent)
        {
            return Directory.CreateTempSubdirectory("loopcluster-egress-");
        }

        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessId}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}"
        );
        return Directory.CreateDirectory(Path.Combine(parent, name), OwnerOnly);
    }

    /// <summary>Removes what processes that are no more have left.</summary>
    public static void RemoveLeftovers(string stateDirectory)
    {
        var parent = new DirectoryInfo(Path.Combine(stateDirectory, "egress"));
        foreach (var leftover in parent.Exists ? parent.EnumerateDirectories() : [])
        {
            if (
                int.TryParse(leftover.Name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && !LinuxProcess.MayExist(pid)
            )
            {
                leftover.Delete(recursive: true);
            }
        }
    }
}
