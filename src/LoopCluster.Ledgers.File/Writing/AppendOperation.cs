using System.Threading.Tasks.Sources;
using LoopCluster.Engine.Ledger;
using LoopCluster.Runtime.Audit;
using Microsoft.Extensions.ObjectPool;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>
/// One waiting append, pooled: it is the source of the caller's <see cref="ValueTask"/> and goes back when that was awaited.
/// </summary>
internal sealed class AppendOperation : IValueTaskSource
{
    private static readonly ObjectPool<AppendOperation> Pool = new DefaultObjectPool<AppendOperation>(
        new DefaultPooledObjectPolicy<AppendOperation>(),
        maximumRetained: 4096
    );

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>The entry, or null when only audit records are appended.</summary>
    public LedgerLine? Line { get; set; }

    /// <summary>Audit records that go before the entry.</summary>
    public PendingAudit[] Audit { get; set; } = [];

    /// <summary>Link of the writer's queue.</summary>
    public AppendOperation? Next { get; set; }

    public static AppendOperation Rent() => Pool.Get();

    public ValueTask Task => new(this, _core.Version);

    public void Succeed() => _core.SetResult(true);

    public void Fail(Exception error) => _core.SetException(error);

    public void GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            (Line, Audit, Next) = (null, [], null);
            Pool.Return(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
