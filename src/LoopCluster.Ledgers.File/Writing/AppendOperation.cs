using System.Threading.Tasks.Sources;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.ObjectPool;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>One waiting append, pooled: it is the source of the caller's <see cref="ValueTask"/> and goes back when that was awaited.</summary>
internal sealed class AppendOperation : IValueTaskSource
{
    private static readonly ObjectPool<AppendOperation> Pool = new DefaultObjectPool<AppendOperation>(new DefaultPooledObjectPolicy<AppendOperation>(), maximumRetained: 4096);

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    /// <summary>The entry; unused when <see cref="Tenant"/> is set.</summary>
    public LedgerLine Line { get; set; }

    /// <summary>The tenant whose chain an audit record extends, or null.</summary>
    public string? Tenant { get; set; }

    /// <summary>The record without its address and seal.</summary>
    public byte[]? AuditBody { get; set; }

    /// <summary>Link of the writer's queue.</summary>
    public AppendOperation? Next { get; set; }

    /// <summary>Set by the writer when the operation adds a line to the group, with the head and place the line will have.</summary>
    public Chain? Chain { get; set; }

    public LedgerHead Head { get; set; }

    public int GroupOffset { get; set; }

    public int Length { get; set; }

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
            (Line, Tenant, AuditBody, Next, Chain) = (default, null, null, null, null);
            Pool.Return(this);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
