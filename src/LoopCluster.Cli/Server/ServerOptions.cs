using System.CommandLine;
using LoopCluster.Cli.Commands;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Server;

/// <summary>
/// <c>--server URL --key KEY</c>. Every command knows the two: one that can be a server's client takes them, any other refuses them in
/// words, so that nobody believes to have asked a server and was answered from a directory.
/// </summary>
internal sealed class ServerOptions
{
    public const string ServerVariable = "LOOPCLUSTER_SERVER";
    public const string KeyVariable = "LOOPCLUSTER_KEY";

    private readonly Option<string?> _server = new("--server")
    {
        Description = $"Work with the loops of a server instead of a data directory. Default: ${ServerVariable}",
        HelpName = "URL",
    };
    private readonly Option<string?> _key = new("--key") { Description = $"Key of the server. Default: ${KeyVariable}", HelpName = "KEY" };
    private readonly Option<string?> _refused = new("--server") { Hidden = true, HelpName = "URL" };
    private readonly Dictionary<Command, bool> _commands = [];
    private readonly HashSet<Command> _ofDirectory = [];

    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_key);
        _commands[command] = true;
    }

    /// <summary>The command tells about the loops of a data directory, and of no server yet.</summary>
    public void AddOfDirectory(Command command) => _ofDirectory.Add(command);

    /// <summary>Gives every command that does something, and takes no server, the option that it refuses.</summary>
    public void Close(Command command)
    {
        if (command.Action is not null && _commands.TryAdd(command, false))
        {
            command.Add(_refused);
        }

        foreach (var below in command.Subcommands)
        {
            Close(below);
        }
    }

    /// <summary>
    /// Whether the command that a line begins with (<c>show ID</c>, <c>proof verify FILE</c>) works with a server's loops too.
    /// </summary>
    public bool Takes(string line)
    {
        var words = line.Split(' ');
        var command = _commands.Keys.FirstOrDefault(c => c.Name == words[0] && c.Parents.Any(p => p is RootCommand));
        var below = words.Length > 1 ? command?.Subcommands.FirstOrDefault(c => c.Name == words[1]) : null;
        return (below ?? command) is { } found && Takes(found);
    }

    public bool IsKeyGiven(ParseResult parse) => Takes(parse) && parse.GetValue(_key) is not null;

    public string? Key(ParseResult parse) =>
        (Takes(parse) ? parse.GetValue(_key) : null) ?? Environment.GetEnvironmentVariable(KeyVariable);

    /// <summary>Null when the command is to work on a data directory.</summary>
    /// <param name="isDataGiven">A directory that was named counts more than a server of the environment.</param>
    public ServerLoops? Open(ParseResult parse, bool isDataGiven)
    {
        if (!Takes(parse))
        {
            return null;
        }

        var url = parse.GetValue(_server) ?? (isDataGiven ? null : Environment.GetEnvironmentVariable(ServerVariable));
        return string.IsNullOrEmpty(url) ? null : new ServerLoops(url, Key(parse));
    }

    /// <summary>Refuses what would be passed over.</summary>
    /// <param name="isModelsGiven">A models file is this machine's; a server binds names with its own.</param>
    /// <exception cref="BadInputException"><c>usage</c>.</exception>
    public void Check(ParseResult parse, bool isDataGiven, bool isModelsGiven)
    {
        var takes = Takes(parse);
        var isServerGiven = IsGiven(parse);
        if (isServerGiven && !takes)
        {
            throw new BadInputException(
                "usage",
                "--server",
                $"'loop {string.Join(' ', RootCommands.PathOf(parse.CommandResult))}' works on this machine alone and asks no server: leave --server out, or run it on the server's machine with that server's --data DIR"
            );
        }

        if (
            _ofDirectory.Contains(parse.CommandResult.Command)
            && !isDataGiven
            && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ServerVariable))
        )
        {
            throw new BadInputException(
                "usage",
                "--data",
                $"{ServerVariable} names a server, and 'loop {string.Join(' ', RootCommands.PathOf(parse.CommandResult))}' reads a data directory: give --data DIR to say that you mean one"
            );
        }

        if (isServerGiven && isModelsGiven)
        {
            throw new BadInputException(
                "usage",
                "--models",
                "a server binds models with its own models file; leave --models out, or start the server with it"
            );
        }

        if (IsKeyGiven(parse) && !isServerGiven && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ServerVariable)))
        {
            throw new BadInputException("usage", "--key", $"a key is a server's: give --server URL (or {ServerVariable}) as well");
        }
    }

    /// <summary>True when the command line names a server, as against the environment.</summary>
    public bool IsGiven(ParseResult parse) =>
        parse.GetResult(_server) is { Implicit: false } || parse.GetResult(_refused) is { Implicit: false };

    public bool Takes(Command command) => _commands.GetValueOrDefault(command);

    private bool Takes(ParseResult parse) => Takes(parse.CommandResult.Command);
}
