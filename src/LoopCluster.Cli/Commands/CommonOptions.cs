using System.CommandLine;
using LoopCluster.Cli.Server;

namespace LoopCluster.Cli.Commands;

/// <summary>Options every command takes.</summary>
internal sealed class CommonOptions
{
    public Option<string?> Data { get; } =
        new("--data")
        {
            Description = "Data directory. Default: $LOOPCLUSTER_DATA, else ~/.loopcluster",
            HelpName = "DIR",
            Recursive = true,
        };

    public Option<string?> Models { get; } =
        new("--models")
        {
            Description = "Models file. Default: models.yaml in the data directory",
            HelpName = "FILE",
            Recursive = true,
        };

    public Option<bool> Json { get; } = new("--json") { Description = "Machine output on stdout, words on stderr", Recursive = true };

    public Option<bool> Verbose { get; } =
        new("--verbose") { Description = "Log in detail and show where errors come from", Recursive = true };

    public ServerOptions Remote { get; } = new();

    public void AddTo(RootCommand root)
    {
        root.Add(Data);
        root.Add(Models);
        root.Add(Json);
        root.Add(Verbose);
    }
}
