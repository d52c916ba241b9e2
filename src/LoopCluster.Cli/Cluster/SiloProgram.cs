using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Cluster;

/// <summary>Where the silo's program is.</summary>
internal static class SiloProgram
{
    /// <summary>Path of <c>loop-silo.dll</c>; set by the script that builds it.</summary>
    public const string Variable = "LOOPCLUSTER_SILO";

    /// <exception cref="BadInputException"><c>silo-not-found</c>.</exception>
    public static string Find()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "silo", "loop-silo.dll");
        var file = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : beside;
        return File.Exists(file)
            ? file
            : throw new BadInputException(
                "silo-not-found",
                "",
                $"the silo's program is not at {file}; build it ('dotnet build src/LoopCluster.Silo -c Release') and name it in {Variable}, or use ./loop, which does both"
            );
    }
}
