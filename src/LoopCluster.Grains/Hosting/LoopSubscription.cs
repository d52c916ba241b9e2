using LoopCluster.Grains.Loops;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Hosting;

/// <summary>
/// Keeps one watcher known to a loop's grain: renewed every few seconds, because an activation forgets its watchers when it goes.
/// </summary>
internal sealed partial class LoopSubscription : ILoopWatcher, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly IGrainFactory _grains;
    private readonly ILoopGrain _grain;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _subscribed = New();
    private TaskCompletionSource _hinted = New();

    public LoopSubscription(IGrainFactory grains, string key, ILogger logger)
    {
        (_grains, _grain, _logger) = (grains, grains.GetGrain<ILoopGrain>(key), logger);
        _ = Task.Run(() => RunAsync(key));
    }

    /// <summary>Guarded by <see cref="LoopWatches"/>.</summary>
    public int Readers { get; set; }

    public Task Subscribed => _subscribed.Task;

    public Task Hinted => Volatile.Read(ref _hinted).Task;

    public Task HintAsync(long seq)
    {
        Interlocked.Exchange(ref _hinted, New()).TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>Lets the grain know, in the background.</summary>
    public void Dispose() => _end.Cancel();

    private async Task RunAsync(string key)
    {
        var self = _grains.CreateObjectReference<ILoopWatcher>(this);
        try
        {
            while (true)
            {
                await TryAsync(() => _grain.WatchAsync(self), key).ConfigureAwait(false);
                _subscribed.TrySetResult();
                await Task.Delay(Period, _end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await TryAsync(() => _grain.UnwatchAsync(self), key).ConfigureAwait(false);
        }
        finally
        {
            _grains.DeleteObjectReference<ILoopWatcher>(self);
            _end.Dispose();
        }
    }

    private async Task TryAsync(Func<Task> call, string key)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotReached(_logger, e, key);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
