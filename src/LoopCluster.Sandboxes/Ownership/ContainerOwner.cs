using System.Globalization;
using System.Security.Cryptography;
using LoopCluster.Runtime.Linux;

namespace LoopCluster.Sandboxes.Ownership;

/// <summary>
/// Who made a container, as the label <c>loopcluster.owner</c>: <c>installation.boot.pidns.pid.started</c>. An installation is a state
/// directory; the rest names one process so that it cannot be taken for another one, and lets a third process prove that it is gone.
/// </summary>
internal sealed record ContainerOwner(string Installation, string Boot, string PidNamespace, int Pid, long Started)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Installation}.{Boot}.{PidNamespace}.{Pid}.{Started}");

    public static ContainerOwner? Parse(string text)
    {
        var parts = text.Split('.');
        return
            parts.Length == 5
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var started)
            ? new ContainerOwner(parts[0], parts[1], parts[2], pid, started)
            : null;
    }

    /// <summary>This process. Makes the directory's id when it has none yet.</summary>
    public static ContainerOwner Current(string stateDirectory)
    {
        var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim().Replace("-", "", StringComparison.Ordinal);
        var (_, started) = ReadProcess(Environment.ProcessId)!.Value;
        return new ContainerOwner(InstallationOf(stateDirectory), boot, OwnPidNamespace(), Environment.ProcessId, started);
    }

    /// <summary>
    /// True only when the process that made a container certainly no longer runs. A number of another boot or process-id namespace
    /// says nothing here, with one exception: a state directory has one process at a time, so after a reboot its earlier one is gone.
    /// </summary>
    public bool IsProvablyDead(ContainerOwner current)
    {
        if (Boot != current.Boot)
        {
            return Installation == current.Installation;
        }

        return PidNamespace == current.PidNamespace && (!LinuxProcess.MayExist(Pid) || IsAnother(ReadProcess(Pid)));
    }

    private bool IsAnother((bool Dead, long Started)? process) => process is { } found && (found.Dead || found.Started != Started);

    private static string InstallationOf(string stateDirectory)
    {
        var path = Path.Combine(stateDirectory, "installation");
        if (!File.Exists(path))
        {
            // Written beside and placed: all that start at once agree on the one that came first.
            var mine = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllText(mine, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
            _ = FirstFile.Place(mine, path);
        }

        return File.ReadAllText(path);
    }

    // "pid:[4026531836]"
    private static string OwnPidNamespace() =>
        File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)!.Name is var name
            ? string.Concat(name.Where(char.IsAsciiDigit))
            : "";

    /// <summary>Null when nothing can be read of it.</summary>
    private static (bool Dead, long Started)? ReadProcess(int pid)
    {
        try
        {
            // The name, second field, may hold anything; fields are counted from its closing bracket. State is the 3rd, start time the
            // 22nd.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0] is "Z" or "X", long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
