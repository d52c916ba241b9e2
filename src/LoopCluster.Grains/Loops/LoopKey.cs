using LoopCluster.Engine.Loops;

namespace LoopCluster.Grains.Loops;

/// <summary>A loop grain's key, <c>tenant/loop</c>. A tenant's name may hold slashes, a loop's never does.</summary>
internal static class LoopKey
{
    public static string Of(string tenant, LoopId loop) => $"{tenant}/{loop.Value}";

    /// <exception cref="ArgumentException">No such key was ever made by <see cref="Of"/>.</exception>
    public static (string Tenant, LoopId Loop) Parse(string key)
    {
        var slash = key.LastIndexOf('/');
        return slash >= 0 && LoopId.TryParse(key[(slash + 1)..], out var loop)
            ? (key[..slash], loop)
            : throw new ArgumentException($"'{key}' names no loop: tenant/loop is expected", nameof(key));
    }
}
