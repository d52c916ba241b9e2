using LoopCluster.Runtime.Linux;

namespace LoopCluster.Workspaces.Files;

/// <summary>
/// Who sandboxes run as and therefore who must own what the host writes for them. A server that is not root can only use itself; root
/// hands files to an unprivileged id.
/// </summary>
internal readonly record struct SandboxUser(uint User, uint Group, bool MustChange)
{
    public const uint Unprivileged = 65532;

    public static SandboxUser OfThisProcess() =>
        LinuxProcess.EffectiveUser() == 0
            ? new(Unprivileged, Unprivileged, MustChange: true)
            : new(LinuxProcess.EffectiveUser(), LinuxProcess.EffectiveGroup(), MustChange: false);
}
