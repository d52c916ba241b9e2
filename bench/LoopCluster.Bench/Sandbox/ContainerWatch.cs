using System.Diagnostics;

namespace LoopCluster.Bench.Sandbox;

/// <summary>
/// Removes the containers of a run, the measured sandbox's as well, once this process is gone, however it went: a shell in a session of its
/// own waits for the end of a pipe that only this process holds open, so neither an interrupt at the terminal nor SIGKILL leaves anything.
/// </summary>
internal sealed class ContainerWatch : IDisposable
{
    public const string Label = "loopcluster.bench";

    private readonly Process _process;

    /// <param name="directory">Goes as well.</param>
    public ContainerWatch(string engine, string directory)
    {
        const string Script = """
            trap '' INT TERM HUP
            read -r _
            made=$(cat "$2/installation" 2> /dev/null)
            # One that was asked for in the last moment may come later, and nobody is left to start or to reap it.
            for again in 1 2 3 4 5 6 7 8 9 10; do
              ids=$("$0" ps --all --quiet --filter "label=$1")
              [ -z "$made" ] || ids="$ids $("$0" ps --all --filter label=loopcluster.owner --format '{{.ID}} {{.Label "loopcluster.owner"}}' | awk -v made="$made." 'index($2, made) == 1 { print $1 }')"
              [ -z "$(echo $ids)" ] || "$0" rm --force $ids
              sleep 1
            done
            rm -rf -- "$2"
            """;
        Run = Guid.NewGuid().ToString("n");
        _process = Process.Start(
            new ProcessStartInfo("setsid", ["sh", "-c", Script, engine, $"{Label}={Run}", directory])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
    }

    /// <summary>The label's value on every container of this run that has no owner of its own.</summary>
    public string Run { get; }

    /// <summary>A run that came to its end has cleaned up itself.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
