using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace LoopCluster.Sandboxes.Seccomp;

/// <summary>
/// The system calls a command may make (<c>seccomp.json</c>); all others fail. It names no architecture, so that it holds for the machine's
/// own one alone: a call of another (32-bit programs on x86-64) ends the process, since the old multiplexed calls hide their arguments from
/// a filter.
/// </summary>
internal static class SeccompProfile
{
    /// <summary>In the form that docker, podman and nerdctl take.</summary>
    public static string Json { get; } = Read();

    /// <summary>Puts the profile beside the other files of an installation, for clients that read it from a file.</summary>
    /// <returns>Its path; the name changes with the text.</returns>
    public static string Ensure(string stateDirectory)
    {
        var bytes = Encoding.UTF8.GetBytes(Json);
        var path = Path.Combine(stateDirectory, $"seccomp-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}.json");
        if (!File.Exists(path))
        {
            var beside = path + "." + Path.GetRandomFileName();
            File.WriteAllBytes(beside, bytes);
            File.Move(beside, path, overwrite: true);
        }

        return path;
    }

    private static string Read()
    {
        using var stream = typeof(SeccompProfile).Assembly.GetManifestResourceStream("Sandboxes/seccomp.json")!;
        return JsonNode.Parse(stream)!.ToJsonString();
    }
}
