using System.CommandLine;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Server;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary>What one invocation was told, and what it works with.</summary>
internal sealed class CommandContext(ParseResult parse, CommonOptions options, CliIo io, Interrupts interrupts)
{
    /// <summary>Tenant of loops that are run from the command line, and of the first key that <c>up</c> prints: it sees them.</summary>
    public const string Tenant = "default";

    public CliIo Io { get; } = io;

    public Interrupts Interrupts { get; } = interrupts;

    public DataDirectory Data { get; init; } = DataDirectory.Resolve(parse.GetValue(options.Data));

    public string User { get; } = Environment.UserName is { Length: > 0 } name ? name : "user";

    /// <summary>Commands to print.</summary>
    public CommandHints Hints =>
        new(Data, Server?.Url, options.Remote.IsKeyGiven(parse), Io.IsAtTerminal, options.Remote.Key(parse), options.Remote.Takes);

    /// <summary>The server to work with, or null for the data directory.</summary>
    public ServerLoops? Server { get; } = options.Remote.Open(parse, parse.GetValue(options.Data) is not null);

    public bool IsDataGiven => parse.GetValue(options.Data) is not null;

    /// <summary>The models file that was named, or null.</summary>
    public string? ModelsFile => parse.GetValue(options.Models) is { } given ? Path.GetFullPath(given) : null;

    public T? Get<T>(Option<T> option) => parse.GetValue(option);

    /// <summary>An argument that may be left out.</summary>
    public T? Find<T>(Argument<T> argument) => parse.GetValue(argument);

    public T Get<T>(Argument<T> argument) => parse.GetRequiredValue(argument);

    /// <summary>The same invocation over another data directory.</summary>
    public CommandContext In(DataDirectory data) => new(parse, options, Io, Interrupts) { Data = data };

    public ModelCatalog LoadModels()
    {
        return ModelCatalog.Load(ModelsFile ?? Data.Models, optional: ModelsFile is null);
    }

    public RuntimeOptions RuntimeOptions(ModelCatalog models, IEnumerable<string?>? secretNames = null) =>
        new(models, [.. secretNames ?? []], Io.Verbose);

    /// <summary>The data directory's files, without its lock.</summary>
    public LoopRuntime Read() => LoopRuntime.Read(Data, RuntimeOptions(ModelCatalog.Empty));

    /// <summary>Where loops are read: the server, or the data directory's files.</summary>
    public ILoopSource OpenSource() => Server is { } server ? server : new FileSource(Read(), Data, Hints);

    /// <summary>The lock, or a way to its holder.</summary>
    public ValueTask<LoopSession> OpenAsync(
        ModelCatalog models,
        IEnumerable<string?> secretNames,
        bool drive,
        CancellationToken cancellationToken
    ) => LoopSession.OpenAsync(Data, RuntimeOptions(models, secretNames), drive, cancellationToken);

    /// <summary>The loop whose id is, or begins with, <paramref name="text"/>.</summary>
    /// <exception cref="BadInputException"><c>unknown-loop</c> or <c>ambiguous-loop</c>.</exception>
    public static async ValueTask<LoopId> ResolveAsync(ILoopLedger ledger, string text, CancellationToken cancellationToken) =>
        Choose(
            text,
            await ledger.ListAsync(cancellationToken).Where(l => Begins(l, text)).ToListAsync(cancellationToken).ConfigureAwait(false)
        );

    public static bool Begins(LoopId loop, string text) => text.Length > 0 && loop.Value.StartsWith(text, StringComparison.Ordinal);

    /// <param name="found">Every loop whose id begins with <paramref name="text"/>; one that is all of it is meant.</param>
    public static LoopId Choose(string text, IReadOnlyList<LoopId> found) =>
        found switch
        {
            [var one] => one,
            [] => throw (
                LoopId.TryParse(text, out var id)
                    ? LoopStarter.UnknownLoop(id)
                    : new BadInputException("unknown-loop", "ID", "that is no loop id: 1 to 64 characters of a-z 0-9 -")
            ),
            _ when found.Contains(new LoopId(text)) => new LoopId(text),
            _ => throw new BadInputException(
                "ambiguous-loop",
                "ID",
                $"'{text}' begins the ids of {found.Count} loops: {string.Join(", ", found.Take(10))}. Give more of it."
            ),
        };
}
