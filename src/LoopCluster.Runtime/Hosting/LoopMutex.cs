using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Hosting;

/// <summary>A mutex for each loop. Keeps nothing of loops nobody waits for.</summary>
internal sealed class LoopMutex
{
    private readonly Dictionary<LoopId, (SemaphoreSlim One, int Users)> _loops = [];

    public async ValueTask<IDisposable> EnterAsync(LoopId loop, CancellationToken cancellationToken)
    {
        SemaphoreSlim one;
        lock (_loops)
        {
            var (known, users) = _loops.TryGetValue(loop, out var entry) ? entry : (new SemaphoreSlim(1), 0);
            _loops[loop] = (one = known, users + 1);
        }

        try
        {
            await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave(loop);
            throw;
        }

        return new Hold(this, loop, one);
    }

    private void Leave(LoopId loop)
    {
        lock (_loops)
        {
            var (one, users) = _loops[loop];
            if (users == 1)
            {
                _loops.Remove(loop);
                one.Dispose();
            }
            else
            {
                _loops[loop] = (one, users - 1);
            }
        }
    }

    private sealed class Hold(LoopMutex mutex, LoopId loop, SemaphoreSlim one) : IDisposable
    {
        public void Dispose()
        {
            one.Release();
            mutex.Leave(loop);
        }
    }
}
