using System.Text.RegularExpressions;

namespace LoopCluster.Sandboxes;

/// <summary>
/// An image as a spec names it: <c>name</c>, <c>name:tag</c>, <c>name@sha256:…</c> or <c>sha256:…</c>. Never an option, never two words.
/// </summary>
internal sealed partial record ImageName(string Text, string Name, string? Digest)
{
    public static bool IsValid(string image) => Parse(image) is not null;

    public static ImageName? Parse(string image)
    {
        if (!NamePattern().IsMatch(image))
        {
            return null;
        }

        var at = image.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
        {
            return new ImageName(image, image, null);
        }

        var digest = image[(at + 1)..];
        return DigestPattern().IsMatch(digest) ? new ImageName(image, image[..at], digest) : null;
    }

    // No part of a real name starts with a dot; one that did could lead a request to another address.
    [GeneratedRegex(@"^(?!.*(/\.|\.\.|//))[A-Za-z0-9][A-Za-z0-9._:/@-]{0,255}\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^sha256:[0-9a-f]{64}\z")]
    private static partial Regex DigestPattern();
}
