using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Doctor;

/// <summary>Runs one command in a sandbox and reads off what it is allowed: the facts, not the flags that were asked for.</summary>
internal sealed class SandboxProbe(LoopPorts ports)
{
    // One line a fact: name=value. Nothing here needs more than a shell, grep and ls.
    private const string Script = """
        echo uid=$(id -u)
        echo nnp=$(grep NoNewPrivs /proc/self/status | cut -f2)
        echo seccomp=$(grep '^Seccomp:' /proc/self/status | cut -f2)
        echo caps=$(grep CapEff /proc/self/status | cut -f2)
        echo bounding=$(grep CapBnd /proc/self/status | cut -f2)
        (: > /loopcluster-probe) 2>/dev/null && echo root=writable || echo root=readonly
        (: > /workspace/probe) 2>/dev/null && echo workspace=writable || echo workspace=readonly
        echo nets=$(ls /sys/class/net | grep -v '^lo$' | tr '\n' ' ')
        [ -S /var/run/docker.sock ] && echo socket=there || echo socket=absent
        """;

    public async IAsyncEnumerable<Finding> RunAsync(
        string imageId,
        string work,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var directory = Path.Combine(work, $".probe-{Guid.NewGuid():n}");
        Directory.CreateDirectory(directory);
        // The sandbox's user is another one when this process is root.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_111_111);
        IReadOnlyDictionary<string, string>? facts = null;
        Finding? failure = null;
        try
        {
            facts = await AskAsync(imageId, directory, cancellationToken).ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            failure = new Finding("sandbox", Health.Bad, e.Message, "see the engine's log; loops cannot run until a container starts");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        if (failure is not null || facts is null)
        {
            yield return failure ?? new Finding("sandbox", Health.Bad, "the probe said nothing");
            yield break;
        }

        yield return Fact("sandbox user", facts["uid"] != "0", $"uid {facts["uid"]}", "commands must not run as root");
        yield return Fact(
            "sandbox privileges",
            facts["nnp"] == "1" && IsNone(facts["caps"]) && IsNone(facts["bounding"]),
            $"no_new_privs {facts["nnp"]}, capabilities {facts["caps"]}",
            "the engine grants more than it was asked for"
        );
        yield return facts["seccomp"] == "2"
            ? new Finding("sandbox seccomp", Health.Good, "a filter is active")
            : new Finding(
                "sandbox seccomp",
                Health.Weak,
                $"no filter is active (mode {facts["seccomp"]})",
                "use an engine and a kernel with seccomp (CONFIG_SECCOMP_FILTER)"
            );
        yield return Fact(
            "sandbox files",
            facts["root"] == "readonly" && facts["workspace"] == "writable",
            $"root {facts["root"]}, /workspace {facts["workspace"]}",
            "only /workspace may be writable"
        );
        yield return Fact(
            "sandbox network",
            facts["nets"].Length == 0,
            facts["nets"].Length == 0 ? "none" : $"interfaces {facts["nets"]}",
            "a sandbox without egress must have no network"
        );
        yield return Fact("engine socket", facts["socket"] == "absent", facts["socket"], "the engine's socket must not be in a sandbox");
    }

    private async ValueTask<IReadOnlyDictionary<string, string>> AskAsync(
        string imageId,
        string directory,
        CancellationToken cancellationToken
    )
    {
        var owner = new SandboxOwner(new LoopId("doctor"), 1, "doctor");
        var shape = new SandboxShape
        {
            ImageId = imageId,
            WorkspaceDirectory = directory,
            Limits = new SandboxLimits { Memory = 256L << 20 },
        };
        var result = await ports
            .Sandbox.RunAsync(owner, shape, new SandboxCall { Command = Script, Timeout = TimeSpan.FromSeconds(30) }, cancellationToken)
            .ConfigureAwait(false);
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["uid", "nnp", "seccomp", "caps", "bounding", "root", "workspace", "nets", "socket"])
        {
            facts[name] = "?";
        }

        foreach (var line in Encoding.UTF8.GetString(result.Output.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at > 0)
            {
                facts[line[..at]] = line[(at + 1)..].Trim();
            }
        }

        return facts;
    }

    private static bool IsNone(string capabilities) => capabilities.Length > 0 && capabilities.All(c => c == '0');

    private static Finding Fact(string name, bool holds, string detail, string todo) =>
        holds ? new Finding(name, Health.Good, detail) : new Finding(name, Health.Bad, detail, todo);
}
