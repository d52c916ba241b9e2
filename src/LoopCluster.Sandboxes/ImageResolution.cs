using LoopCluster.Engine.Errors;

namespace LoopCluster.Sandboxes;

/// <summary>An image as the engine has it.</summary>
/// <param name="Digests"><c>name@sha256:…</c> for each registry it came from; none when it was built or loaded here.</param>
internal sealed record FoundImage(string Id, IReadOnlyList<string> Digests)
{
    /// <summary>A pin names what a registry calls it, or its id: an image made here has no other name that cannot change.</summary>
    public bool IsPinnedBy(string digest) => Id == digest || Digests.Any(d => d.EndsWith("@" + digest, StringComparison.Ordinal));
}

/// <summary>From a name to the id by which every container is made. A tag may move; what was checked here does not.</summary>
internal static class ImageResolution
{
    /// <param name="find">Asks the engine; null when it has no such image.</param>
    /// <exception cref="InfrastructureException"><c>image-missing</c>, or <c>image-digest-mismatch</c> when the name is there with another
    /// digest.</exception>
    public static async Task<string> ResolveAsync(string engine, string image, Func<string, Task<FoundImage?>> find)
    {
        var name = ImageName.Parse(image) ?? throw SandboxFaults.NoImageName(image);
        if (await find(name.Text).ConfigureAwait(false) is { } exact && (name.Digest is null || exact.IsPinnedBy(name.Digest)))
        {
            return exact.Id;
        }

        if (name.Digest is null || await find(name.Name).ConfigureAwait(false) is not { } named)
        {
            throw SandboxFaults.NoImage(engine, image);
        }

        return named.IsPinnedBy(name.Digest)
            ? named.Id
            : throw SandboxFaults.AnotherDigest(name.Name, name.Digest, named.Digests.Append(named.Id));
    }
}
