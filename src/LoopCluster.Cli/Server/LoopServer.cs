using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reports;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Server;

/// <summary>Loops behind a server's HTTP API.</summary>
internal sealed partial class LoopServer : ILoopSource
{
    private const int MostTries = 6;

    private readonly HttpClient _http;

    /// <param name="url">Where the API is, without <c>/v1</c>.</param>
    /// <exception cref="BadInputException"><c>server-invalid</c>.</exception>
    public LoopServer(string url, string? key)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || address.Query.Length > 0)
        {
            throw new BadInputException("server-invalid", "--server", $"'{url}' is no http or https URL such as http://127.0.0.1:8080");
        }

        if (string.IsNullOrEmpty(key) || key.Any(c => c is <= ' ' or > '~'))
        {
            throw new BadInputException("server-invalid", "--key", "give the key of the server with --key or in LOOPCLUSTER_KEY; 'loop keys add TENANT' makes one there");
        }

        Url = address.AbsoluteUri.TrimEnd('/');
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(10) })
        {
            BaseAddress = new Uri(Url + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public string Url { get; }

    /// <summary>Sends a spec. The key makes it safe to send again when the connection breaks before the answer.</summary>
    public async ValueTask<LoopReport> StartAsync(ReadOnlyMemory<byte> spec, CancellationToken cancellationToken) =>
        Report(await PostAsync("v1/loops", spec, Guid.NewGuid().ToString("n"), cancellationToken).ConfigureAwait(false));

    /// <summary>Names of models a spec may use there.</summary>
    public async ValueTask<IReadOnlyList<string>> ModelNamesAsync(CancellationToken cancellationToken) =>
        [.. JsonElement.Parse(await GetAsync("v1/models", cancellationToken).ConfigureAwait(false)).GetProperty("models").EnumerateArray().Select(m => m.GetProperty("name").GetString()!)];

    /// <summary>Done when the signal's event is durable there.</summary>
    public async ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        var (kind, body) = signal switch
        {
            CancelSignal cancel => ("cancel", Body(writer => writer.WriteString("reason", cancel.Reason))),
            PauseSignal pause => ("pause", Body(writer => writer.WriteString("reason", pause.Reason))),
            ResumeSignal => ("resume", Body(_ => { })),
            MessageSignal message => ("message", Body(writer => writer.WriteString("text", message.Text))),
            ApprovalSignal approval => ("approve", Body(writer =>
            {
                writer.WriteNumber("seq", approval.Asked);
                writer.WriteBoolean("granted", approval.Granted);
                writer.WriteString("reason", approval.Reason);
            })),
            _ => throw new ArgumentException($"{signal.GetType().Name} has no form over HTTP", nameof(signal)),
        };
        await PostAsync($"v1/loops/{loop}/{kind}", body, signal.Id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The server drives the fork at once. Safe to send again, as <see cref="StartAsync"/>.</summary>
    public async ValueTask<LoopId> ForkAsync(LoopId loop, long at, CancellationToken cancellationToken)
    {
        var reply = await PostAsync($"v1/loops/{loop}/fork", Body(writer => writer.WriteNumber("at", at)), Guid.NewGuid().ToString("n"), cancellationToken).ConfigureAwait(false);
        return new LoopId(Report(reply).Id);
    }

    public async ValueTask<LoopReport> ReportAsync(LoopId loop, CancellationToken cancellationToken) => Report(await GetAsync($"v1/loops/{loop}", cancellationToken).ConfigureAwait(false));

    public async ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, CancellationToken cancellationToken) => await GetAsync($"v1/loops/{loop}/diff", cancellationToken).ConfigureAwait(false);

    public async ValueTask<(ReadOnlyMemory<byte> Proof, string Hint)> ProofAsync(LoopId loop, CancellationToken cancellationToken) =>
        (await GetAsync($"v1/loops/{loop}/proof", cancellationToken).ConfigureAwait(false), $"'loop proof {loop} --out DIR' writes it with patch, logs and public key, to be checked");

    public async ValueTask<ReadOnlyMemory<byte>> ProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        await GetAsync($"v1/loops/{loop}/proof/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}", cancellationToken).ConfigureAwait(false);

    public async ValueTask<ReadOnlyMemory<byte>> ProofKeyAsync(CancellationToken cancellationToken) => await GetAsync("v1/proof-key", cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<LoopSummary>> ListAsync(CancellationToken cancellationToken)
    {
        var loops = new List<LoopSummary>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = JsonElement.Parse(await GetAsync($"v1/loops?limit={LoopQuery.MostLoops}{cursor}", cancellationToken).ConfigureAwait(false));
            loops.AddRange(page.GetProperty("loops").EnumerateArray().Select(Summary));
            cursor = page.GetProperty("next").GetString() is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
        }

        loops.Reverse();
        return loops;
    }

    public async ValueTask<LoopId> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        if (LoopId.TryParse(text, out var whole))
        {
            try
            {
                return new LoopId((await ReportAsync(whole, cancellationToken).ConfigureAwait(false)).Id);
            }
            catch (BadInputException unknown) when (unknown.Code == "unknown-loop")
            {
                // The beginning of one, perhaps.
            }
        }

        var found = (await ListAsync(cancellationToken).ConfigureAwait(false)).Select(l => l.Id).Where(l => text.Length > 0 && l.Value.StartsWith(text, StringComparison.Ordinal)).ToList();
        return found switch
        {
            [var one] => one,
            [] => throw (LoopId.TryParse(text, out var id) ? LoopStarter.UnknownLoop(id) : new BadInputException("unknown-loop", "ID", "that is no loop id: 1 to 64 characters of a-z 0-9 -")),
            _ => throw new BadInputException("ambiguous-loop", "ID", $"'{text}' begins the ids of {found.Count} loops: {string.Join(", ", found.Take(10))}. Give more of it."),
        };
    }

    public ILoopLedger Ledger => new ServerLedger(this);

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static LoopSummary Summary(JsonElement item) => new(
        new LoopId(item.GetProperty("id").GetString()!),
        "",
        item.GetProperty("status").Deserialize<LoopStatus>(),
        item.GetProperty("stage").Deserialize<LoopStage>(),
        item.GetProperty("attempt").GetInt32(),
        item.GetProperty("turns").GetInt32(),
        item.GetProperty("cost").GetDecimal(),
        item.GetProperty("updated").GetDateTimeOffset())
    {
        WaitingFor = Text(item, "waitingFor"),
        WaitingSince = Time(item, "waitingSince"),
        NextTry = Time(item, "nextTry"),
        Host = Text(item, "host"),
        Goal = Text(item, "goal"),
        Damage = Text(item, "damage"),
    };

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static DateTimeOffset? Time(JsonElement item, string name) =>
        item.TryGetProperty(name, out var time) && time.ValueKind == JsonValueKind.String ? time.GetDateTimeOffset() : null;

    private static LoopReport Report(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize(json.Span, ReportJson.Default.LoopReport)!;

    private static ReadOnlyMemory<byte> Body(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private ValueTask<byte[]> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), again: true, cancellationToken);

    private ValueTask<byte[]> PostAsync(string path, ReadOnlyMemory<byte> json, string? key, CancellationToken cancellationToken) => SendAsync(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ReadOnlyMemoryContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            return request;
        },
        again: key is not null,
        cancellationToken);

    /// <param name="again">It may be sent again when the connection breaks or the server is just going away.</param>
    private async ValueTask<byte[]> SendAsync(Func<HttpRequestMessage> make, bool again, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = make();
                using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
                var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    return body;
                }

                if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway) || !again || attempt >= MostTries)
                {
                    throw ProblemReader.Read((int)response.StatusCode, body);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (!again || attempt >= MostTries)
                {
                    throw Gone(e);
                }
            }

            await Task.Delay(Pause(attempt), cancellationToken).ConfigureAwait(false);
        }
    }

    private static TimeSpan Pause(int attempt) => TimeSpan.FromMilliseconds(50 * Math.Pow(2, Math.Min(attempt, MostTries)));

    private InfrastructureException Gone(Exception cause) => new("server-unavailable", $"{Url} does not answer: {cause.Message}", cause);
}
