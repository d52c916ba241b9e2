using System.Reflection;

namespace LoopCluster.ArchitectureTests;

/// <summary>Every assembly below <c>src/</c>, as it was built.</summary>
internal static class ProductAssemblies
{
    public static IReadOnlyList<Assembly> All { get; } = [.. Names().Select(Assembly.Load)];

    private static IEnumerable<string> Names() =>
        Directory
            .EnumerateFiles(AppContext.BaseDirectory, "*.dll")
            .Select(f => Path.GetFileNameWithoutExtension(f)!)
            .Where(n =>
                n is "loop" or "loop-silo"
                || (n.StartsWith("LoopCluster.", StringComparison.Ordinal) && !n.EndsWith("Tests", StringComparison.Ordinal))
            );
}
