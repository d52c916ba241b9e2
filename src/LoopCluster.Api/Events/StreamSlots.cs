using LoopCluster.Api.Auth;
using LoopCluster.Engine.Errors;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Events;

/// <summary>Counts open event streams, so that one tenant cannot take every connection of a node.</summary>
internal sealed class StreamSlots(IOptions<ApiOptions> options)
{
    private readonly Dictionary<string, int> _open = [];

    public int Open(string tenant)
    {
        lock (_open)
        {
            return _open.GetValueOrDefault(tenant);
        }
    }

    /// <exception cref="LoopClusterException"><c>too-many-streams</c>.</exception>
    public IDisposable Take(Caller caller)
    {
        var most = options.Value.MaxStreamsPerTenant;
        lock (_open)
        {
            var open = _open.GetValueOrDefault(caller.Tenant);
            if (open >= most)
            {
                throw new LoopClusterException(
                    "too-many-streams",
                    $"The tenant has {most} event streams open on this server, which is the most. Close one, or read pages."
                );
            }

            _open[caller.Tenant] = open + 1;
        }

        return new Slot(this, caller.Tenant);
    }

    private void Release(string tenant)
    {
        lock (_open)
        {
            if (--_open[tenant] == 0)
            {
                _open.Remove(tenant);
            }
        }
    }

    private sealed class Slot(StreamSlots slots, string tenant) : IDisposable
    {
        public void Dispose() => slots.Release(tenant);
    }
}
