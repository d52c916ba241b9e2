using System.Diagnostics;

namespace LoopCluster.Bench;

/// <summary>Starts this program again, whether it was started as an executable or through <c>dotnet</c>.</summary>
internal static class SelfProcess
{
    /// <summary>What to start with these arguments; streams as the caller sets them.</summary>
    public static ProcessStartInfo StartInfo(params IReadOnlyList<string> arguments)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is unknown");
        var host = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return new ProcessStartInfo(program, host ? [Environment.GetCommandLineArgs()[0], .. arguments] : arguments);
    }
}
