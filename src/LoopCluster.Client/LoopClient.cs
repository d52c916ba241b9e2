using System.Runtime.CompilerServices;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Client;

/// <summary>
/// Loops behind the HTTP API, of a server or of the process that holds a data directory. What the server refuses is the exception it was
/// there (<see cref="BadInputException"/> with every fault); a server that does not answer is an <see cref="InfrastructureException"/>
/// <c>server-unavailable</c>. Safe for use by several callers at once.
/// </summary>
public sealed partial class LoopClient : IDisposable
{
    /// <summary>Over a data directory's socket: who signals, percent-encoded.</summary>
    public const string UserHeader = "LoopCluster-User";

    /// <summary>Code of the failure of a server that answers, and not in HTTP.</summary>
    public const string OtherProtocol = "server-not-http";

    private const int PageLoops = 1000;
    private const int MostReviewed = 10_000;

    private readonly LoopClientOptions _options;
    private readonly HttpClient _http;

    public LoopClient(LoopClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromSeconds(10),
        };
        if (options.Connect is { } connect)
        {
            (handler.UseProxy, handler.ConnectCallback) = (false, (_, token) => connect(token));
        }

        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public LoopClient(Uri server, string key)
        : this(new LoopClientOptions { Servers = () => [server], Key = key }) { }

    /// <summary>Creates a loop and has it driven.</summary>
    /// <param name="spec">As JSON.</param>
    /// <param name="key">Idempotency key: the same key again is the same loop. Default: a new one.</param>
    public async ValueTask<LoopReport> CreateAsync(ReadOnlyMemory<byte> spec, CancellationToken cancellationToken, string? key = null) =>
        Read(
            await SendAsync(HttpMethod.Post, "v1/loops", null, spec, key ?? NewKey(), null, cancellationToken).ConfigureAwait(false),
            ReportJson.Default.LoopReport
        );

    /// <summary>How a loop stands.</summary>
    public ValueTask<LoopReport> GetAsync(LoopId loop, CancellationToken cancellationToken) =>
        GetAsync($"v1/loops/{loop}", ReportJson.Default.LoopReport, cancellationToken);

    /// <summary>Every loop of the key's tenant (over a data directory's socket: of all tenants), newest first, a page a request.</summary>
    public async IAsyncEnumerable<LoopListItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? cursor = ""; cursor is not null; )
        {
            var page = await GetAsync($"v1/loops?limit={PageLoops}{cursor}", WireJson.Default.LoopList, cancellationToken)
                .ConfigureAwait(false);
            foreach (var loop in page.Loops)
            {
                yield return loop;
            }

            cursor = page.Next is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
        }
    }

    /// <summary>Done when the signal's event is durable. The same signal again is success: its id is the idempotency key.</summary>
    public async ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(signal);
        var asked = signal switch
        {
            CancelSignal cancel => PostAsync(
                $"v1/loops/{loop}/cancel",
                new CancelRequest(cancel.Reason),
                WireJson.Default.CancelRequest,
                signal.Id,
                cancellationToken,
                signal.By
            ),
            PauseSignal pause => PostAsync(
                $"v1/loops/{loop}/pause",
                new PauseRequest(pause.Reason),
                WireJson.Default.PauseRequest,
                signal.Id,
                cancellationToken,
                signal.By
            ),
            ResumeSignal => PostAsync(
                $"v1/loops/{loop}/resume",
                new ResumeRequest(),
                WireJson.Default.ResumeRequest,
                signal.Id,
                cancellationToken,
                signal.By
            ),
            MessageSignal message => PostAsync(
                $"v1/loops/{loop}/message",
                new MessageRequest(message.Text),
                WireJson.Default.MessageRequest,
                signal.Id,
                cancellationToken,
                signal.By
            ),
            ApprovalSignal answer => PostAsync(
                $"v1/loops/{loop}/approve",
                new ApproveRequest(answer.Asked, answer.Granted, answer.Reason),
                WireJson.Default.ApproveRequest,
                signal.Id,
                cancellationToken,
                signal.By
            ),
            _ => throw new ArgumentException($"{signal.GetType().Name} has no form over HTTP", nameof(signal)),
        };
        await asked.ConfigureAwait(false);
    }

    /// <summary>A new loop from the middle of another, driven at once.</summary>
    /// <param name="at">The parent's entry after which it goes on.</param>
    /// <param name="key">As that of <see cref="CreateAsync"/>.</param>
    public async ValueTask<LoopReport> ForkAsync(LoopId loop, long at, CancellationToken cancellationToken, string? key = null) =>
        Read(
            await PostAsync($"v1/loops/{loop}/fork", new ForkRequest(at), WireJson.Default.ForkRequest, key ?? NewKey(), cancellationToken)
                .ConfigureAwait(false),
            ReportJson.Default.LoopReport
        );

    /// <summary>The change against the base, a patch.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, CancellationToken cancellationToken) =>
        await GetAsync($"v1/loops/{loop}/diff", cancellationToken).ConfigureAwait(false);

    /// <exception cref="BadInputException"><c>no-proof</c>: it has not ended.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ProofAsync(LoopId loop, CancellationToken cancellationToken) =>
        await GetAsync($"v1/loops/{loop}/proof", cancellationToken).ConfigureAwait(false);

    /// <summary>A file that the proof names.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        await GetAsync($"v1/loops/{loop}/proof/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}", cancellationToken)
            .ConfigureAwait(false);

    /// <summary>The public key that proofs are checked with, in PEM.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ProofKeyAsync(CancellationToken cancellationToken) =>
        await GetAsync("v1/proof-key", cancellationToken).ConfigureAwait(false);

    /// <summary>The models a spec may name.</summary>
    public async ValueTask<ModelList> ModelsAsync(CancellationToken cancellationToken) =>
        await GetAsync("v1/models", WireJson.Default.ModelList, cancellationToken).ConfigureAwait(false);

    /// <summary>Verified loops that people look at, newest first.</summary>
    public async ValueTask<IReadOnlyList<ReviewItem>> ReviewsAsync(ReviewState state, CancellationToken cancellationToken) =>
        (
            await GetAsync(
                    $"v1/reviews?limit={MostReviewed}&state={state.ToString().ToLowerInvariant()}",
                    WireJson.Default.ReviewList,
                    cancellationToken
                )
                .ConfigureAwait(false)
        ).Reviews;

    /// <summary>Says what a person thinks of a verified loop; durable when it completes. The same again changes nothing.</summary>
    /// <param name="user">Over a data directory's socket: who says so.</param>
    public async ValueTask<ReviewItem> ReviewAsync(
        LoopId loop,
        ReviewVerdict verdict,
        string? reason,
        CancellationToken cancellationToken,
        string? user = null
    ) =>
        Read(
            await PostAsync(
                    $"v1/reviews/{loop}",
                    new ReviewRequest(verdict, reason),
                    WireJson.Default.ReviewRequest,
                    NewKey(),
                    cancellationToken,
                    user
                )
                .ConfigureAwait(false),
            WireJson.Default.ReviewItem
        );

    /// <summary>What the newest loops have shown of their gates.</summary>
    public async ValueTask<IReadOnlyList<GateRecord>> GatesAsync(CancellationToken cancellationToken) =>
        (await GetAsync($"v1/gates?limit={MostReviewed}", WireJson.Default.GateList, cancellationToken).ConfigureAwait(false)).Gates;

    public void Dispose() => _http.Dispose();

    private static string NewKey() => Guid.NewGuid().ToString("n");
}
