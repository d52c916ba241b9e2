using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.Machine;

/// <summary>
/// The files by which a container knows its user and its own name: the image's <c>/etc/passwd</c> and <c>/etc/group</c> with a line for the
/// user that commands run as, <c>/etc/hosts</c> with the container's name, an <c>/etc/resolv.conf</c> that tells nothing of the host. Made
/// once for an image, kept in the state directory, mounted read-only.
/// </summary>
internal sealed class MachineFiles(IContainerEngine engine, string stateDirectory, string seccomp, uint user, uint group)
{
    // Shell alone: an image need not have a single program besides.
    private const string Script = """
        show() { if [ -r "$1" ]; then while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done < "$1"; fi; }
        show /etc/passwd; printf '\001\n'; show /etc/group
        """;

    private const string Hosts = $"127.0.0.1\tlocalhost {ContainerPlan.HostName}\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    private const string Resolver = "# No network, no name server. What sandbox.egress allows is resolved by the proxy.\n";
    private const int LongestAnswer = 1 << 20;

    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<ContainerMount>>>> _made = new(StringComparer.Ordinal);

    public Task<IReadOnlyList<ContainerMount>> ForAsync(string imageId) =>
        _made.GetOrAdd(imageId, id => new Lazy<Task<IReadOnlyList<ContainerMount>>>(() => Task.Run(() => MakeAsync(id)))).Value;

    /// <summary>Nothing asks the engine any more.</summary>
    public async Task SettledAsync()
    {
        foreach (var made in _made.Values)
        {
            await ((Task)made.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<ContainerMount>> MakeAsync(string imageId)
    {
        try
        {
            var directory = Path.Combine(stateDirectory, "machine-" + Key(imageId));
            if (!Directory.Exists(directory))
            {
                var answer = await engine
                    .RunToolAsync(imageId, Script, seccomp, default, AnswerWithin, CancellationToken.None)
                    .ConfigureAwait(false);
                directory = answer is { Fault: null, Output.Length: <= LongestAnswer }
                    ? Write(directory, answer.Output)
                    : Write(directory + "-alone", []);
            }

            return
            [
                .. ((string[])["passwd", "group", "hosts", "resolv.conf"]).Select(name => new ContainerMount(
                    Path.Combine(directory, name),
                    "/etc/" + name,
                    ReadOnly: true
                )),
            ];
        }
        catch
        {
            // Not kept: the next call tries again.
            _made.TryRemove(imageId, out _);
            throw;
        }
    }

    private string Key(string imageId) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Script}\n{Hosts}\n{Resolver}\n{UserNames.Version}\n{imageId}\n{user}:{group}"
                    )
                )
            )
        )[..16];

    private string Write(string directory, byte[] answer)
    {
        // Latin-1 keeps every byte as it is.
        var parts = Encoding.Latin1.GetString(answer).Split("\u0001\n", 2);
        var names = UserNames.Create(parts[0], parts.Length > 1 ? parts[1] : "", user, group);
        var beside = Directory.CreateDirectory(directory + "." + Path.GetRandomFileName()).FullName;
        Put("passwd", names.Users);
        Put("group", names.Groups);
        Put("hosts", Hosts);
        Put("resolv.conf", Resolver);
        try
        {
            Directory.Move(beside, directory);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            // Another process was faster; it wrote the same.
            Directory.Delete(beside, recursive: true);
        }

        return directory;

        void Put(string name, string text)
        {
            var path = Path.Combine(beside, name);
            File.WriteAllBytes(path, Encoding.Latin1.GetBytes(text));
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("444", 8));
        }
    }
}
