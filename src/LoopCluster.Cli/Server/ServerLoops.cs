using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Sessions;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Server;

/// <summary>The loops of a server, as commands read them.</summary>
internal sealed class ServerLoops : ILoopSource
{
    /// <param name="url">Where the API is, without <c>/v1</c>.</param>
    /// <exception cref="BadInputException"><c>server-invalid</c>.</exception>
    public ServerLoops(string url, string? key)
    {
        if (
            !Uri.TryCreate(url, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0
            || address.Query.Length > 0
        )
        {
            throw new BadInputException("server-invalid", "--server", $"'{url}' is no http or https URL such as http://127.0.0.1:8080");
        }

        if (string.IsNullOrEmpty(key) || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new BadInputException(
                "server-invalid",
                "--key",
                "give the key of the server with --key or in LOOPCLUSTER_KEY; 'loop keys add TENANT' makes one there"
            );
        }

        Url = address.AbsoluteUri.TrimEnd('/');
        Api = new LoopClient(address, key);
    }

    public string Url { get; }

    public LoopClient Api { get; }

    public ILoopLedger Ledger => new ServerLedger(Api);

    public async ValueTask<LoopId> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        if (LoopId.TryParse(text, out var whole))
        {
            try
            {
                return new LoopId((await Api.GetAsync(whole, cancellationToken).ConfigureAwait(false)).Id);
            }
            catch (BadInputException unknown) when (unknown.Code == "unknown-loop")
            {
                // The beginning of one, perhaps.
            }
        }

        return CommandContext.Choose(
            text,
            await Api.ListAsync(cancellationToken)
                .Select(l => new LoopId(l.Id))
                .Where(l => CommandContext.Begins(l, text))
                .ToListAsync(cancellationToken)
                .ConfigureAwait(false)
        );
    }

    public async ValueTask<IReadOnlyList<LoopSummary>> ListAsync(CancellationToken cancellationToken) =>
        await Api.ListAsync(cancellationToken).Select(Summary).Reverse().ToListAsync(cancellationToken).ConfigureAwait(false);

    public ValueTask<LoopReport> ReportAsync(LoopId loop, CancellationToken cancellationToken) => Api.GetAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> EventsAsync(LoopId loop, long from, bool follow, CancellationToken cancellationToken) =>
        Api.EventsAsync(loop, from, follow, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, CancellationToken cancellationToken) =>
        Api.DiffAsync(loop, cancellationToken);

    public async ValueTask<(ReadOnlyMemory<byte> Proof, string Hint)> ProofAsync(LoopId loop, CancellationToken cancellationToken) =>
        (
            await Api.ProofAsync(loop, cancellationToken).ConfigureAwait(false),
            $"'loop proof {loop} --out DIR' writes it with patch, logs and public key, to be checked"
        );

    public ValueTask<ReadOnlyMemory<byte>> ProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        Api.ProofFileAsync(loop, name, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> ProofKeyAsync(CancellationToken cancellationToken) => Api.ProofKeyAsync(cancellationToken);

    public ValueTask<IReadOnlyList<ReviewItem>> ReviewsAsync(ReviewState state, CancellationToken cancellationToken) =>
        Api.ReviewsAsync(state, cancellationToken);

    public ValueTask<IReadOnlyList<GateRecord>> GatesAsync(CancellationToken cancellationToken) => Api.GatesAsync(cancellationToken);

    public ValueTask DisposeAsync()
    {
        Api.Dispose();
        return ValueTask.CompletedTask;
    }

    private static LoopSummary Summary(LoopListItem item) =>
        new(new LoopId(item.Id), "", item.Status, item.Stage, item.Attempt, item.Turns, item.Cost, item.Updated)
        {
            Created = item.Created,
            WaitingFor = item.WaitingFor,
            WaitingSince = item.WaitingSince,
            NextTry = item.NextTry,
            Host = item.Host,
            Goal = item.Goal,
            Damage = item.Damage,
        };
}
