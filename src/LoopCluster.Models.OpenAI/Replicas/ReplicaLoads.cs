using System.Collections.Concurrent;
using System.Net;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Models.OpenAI.Replies;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Options;

namespace LoopCluster.Models.OpenAI.Replicas;

/// <summary>
/// Reads <c>/metrics</c> beside the base of each replica when somebody is about to choose one, and not more often than figures grow old.
/// The first reading is waited for, later ones are made while the last figures serve.
/// </summary>
internal sealed class ReplicaLoads : IReplicaLoads, IDisposable
{
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, Reading> _readings = new(StringComparer.Ordinal);
    private readonly OpenAIModelsOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    public ReplicaLoads(IOptions<OpenAIModelsOptions> options, TimeProvider time)
    {
        _options = options.Value;
        _time = time;
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = _options.UseProxy,
                PooledConnectionIdleTimeout = _options.IdleConnectionTimeout,
            }
        );
    }

    public async ValueTask<IReadOnlyList<ReplicaLoad>> ReadAsync(ModelBinding model, CancellationToken cancellationToken)
    {
        var urls = model.Replicas ?? [];
        var readings = urls.Select(url => _readings.GetOrAdd(url, _ => new Reading())).ToList();
        var first = new List<Task>();
        for (var i = 0; i < urls.Count; i++)
        {
            var running = Refresh(urls[i], readings[i]);
            if (readings[i].Load is null)
            {
                first.Add(running);
            }
        }

        if (first.Count > 0)
        {
            await Task.WhenAll(first).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return [.. urls.Select((url, i) => readings[i].Load ?? new ReplicaLoad(url))];
    }

    public void Dispose() => _http.Dispose();

    private Task Refresh(string url, Reading reading)
    {
        lock (reading)
        {
            if (!reading.Running.IsCompleted)
            {
                return reading.Running;
            }

            if (reading.Load is not null && _time.GetElapsedTime(reading.At) < _options.LoadPeriod)
            {
                return Task.CompletedTask;
            }

            reading.At = _time.GetTimestamp();
            return reading.Running = ReadAsync(url, reading);
        }
    }

    /// <summary>A server that cannot be asked has the load it had: whether it answers is for its circuit to say.</summary>
    private async Task ReadAsync(string url, Reading reading)
    {
        using var late = new CancellationTokenSource(_options.LoadTimeout, _time);
        ServerMetrics? metrics = null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(url), "/metrics"))
            {
                Version = HttpVersion.Version11,
            };
            using var response = await _http.SendAsync(request, late.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                using var body = await PooledBody
                    .ReadAsync(
                        await response.Content.ReadAsStreamAsync(late.Token).ConfigureAwait(false),
                        response.Content.Headers.ContentLength,
                        MostBytes,
                        cut: true,
                        late.Token
                    )
                    .ConfigureAwait(false);
                metrics = ServerMetrics.Read(System.Text.Encoding.UTF8.GetString(body.Bytes));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or BrokenReplyException)
        {
            // Told by nothing: the next reading comes soon.
        }

        reading.Load = metrics is { } read
            ? new ReplicaLoad(url, read.Waiting, read.Running, read.Cache)
            : reading.Load ?? new ReplicaLoad(url);
    }

    private sealed class Reading
    {
        private ReplicaLoad? _load;

        public ReplicaLoad? Load
        {
            get => Volatile.Read(ref _load);
            set => Volatile.Write(ref _load, value);
        }

        public long At { get; set; }

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
