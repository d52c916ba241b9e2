using System.CommandLine;

namespace LoopCluster.Cli.Commands;

internal static class LoopArgument
{
    public static Argument<string> New() => new("ID") { Description = "A loop's id, or the beginning of it" };
}
