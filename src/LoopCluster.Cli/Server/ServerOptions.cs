using System.CommandLine;

namespace LoopCluster.Cli.Server;

/// <summary><c>--server URL --key KEY</c>, on every command that can also be a server's client.</summary>
internal sealed class ServerOptions
{
    private const string ServerVariable = "LOOPCLUSTER_SERVER";
    private const string KeyVariable = "LOOPCLUSTER_KEY";

    private readonly Option<string?> _server = new("--server") { Description = $"Work with the loops of a server instead of a data directory. Default: ${ServerVariable}", HelpName = "URL" };
    private readonly Option<string?> _key = new("--key") { Description = $"Key of the server. Default: ${KeyVariable}", HelpName = "KEY" };
    private readonly HashSet<Command> _commands = [];

    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_key);
        _commands.Add(command);
    }

    /// <summary>Null when the command is to work on a data directory.</summary>
    /// <param name="isDataGiven">A directory that was named counts more than a server of the environment.</param>
    public LoopServer? Open(ParseResult parse, bool isDataGiven)
    {
        if (!_commands.Contains(parse.CommandResult.Command))
        {
            return null;
        }

        var url = parse.GetValue(_server) ?? (isDataGiven ? null : Environment.GetEnvironmentVariable(ServerVariable));
        return string.IsNullOrEmpty(url) ? null : new LoopServer(url, parse.GetValue(_key) ?? Environment.GetEnvironmentVariable(KeyVariable));
    }
}
