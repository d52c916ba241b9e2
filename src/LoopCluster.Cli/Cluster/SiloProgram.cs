using System.Xml.Linq;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Cluster;

/// <summary>Where the silo's program is. It is built only where the cluster packages can be restored.</summary>
internal static class SiloProgram
{
    /// <summary>Path of <c>loop-silo.dll</c>; set by the script that builds it.</summary>
    public const string Variable = "LOOPCLUSTER_SILO";

    /// <exception cref="BadInputException"><c>cluster-pack-missing</c>.</exception>
    public static string Find()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "silo", "loop-silo.dll");
        var file = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : beside;
        // What is left out of a build is an empty library, which has no runtime configuration.
        return File.Exists(file) && File.Exists(Path.ChangeExtension(file, ".runtimeconfig.json")) ? file : throw Missing();
    }

    private static BadInputException Missing()
    {
        using var project = typeof(SiloProgram).Assembly.GetManifestResourceStream("ClusterPackages.proj")!;
        var packages = XDocument.Load(project).Descendants("PackageReference").Select(p => $"{p.Attribute("Include")!.Value} {p.Attribute("Version")!.Value}");
        return new BadInputException("cluster-pack-missing", "", $"""
            this build has no cluster: these packages could not be restored when it was built:
              {string.Join("\n  ", packages)}
            Name a package source that has them ('dotnet nuget add source URL', or a NuGet.Config beside the repository), remove artifacts/cluster-packages.props and run the command again; nothing else has to be changed.
            """);
    }
}
