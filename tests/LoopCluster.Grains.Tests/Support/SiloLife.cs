using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Tests.Support;

/// <summary>Whether a silo of the test cluster lives. All silos share a process, so a killed one's drivers would go on otherwise.</summary>
internal sealed class SiloLife : IDisposable
{
    private readonly CancellationTokenSource _dead = new();
    private int _gatedReads;

    public CancellationToken Dead => _dead.Token;

    public void Kill() => _dead.Cancel();

    public void Dispose() => _dead.Dispose();

    /// <summary>True while the ledger cannot be reached from here.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>When set, reads of the ledger wait for it.</summary>
    public Task? Gate { get; set; }

    /// <summary>Reads that waited at the gate and were cancelled.</summary>
    public int CancelledReads { get; private set; }

    /// <summary>Reads that came to the gate.</summary>
    public int GatedReads => Volatile.Read(ref _gatedReads);

    /// <summary>Loops whose containers the silo gave back, once for each time.</summary>
    public ConcurrentQueue<LoopId> Released { get; } = new();

    public async ValueTask PassAsync(CancellationToken cancellationToken)
    {
        ThrowIfDead();
        if (Gate is { } gate)
        {
            Interlocked.Increment(ref _gatedReads);
            try
            {
                await gate.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                CancelledReads++;
                throw;
            }
        }
    }

    public void ThrowIfDead()
    {
        if (IsCutOff || Dead.IsCancellationRequested)
        {
            throw new InfrastructureException("ledger-unavailable", "the ledger cannot be reached from this silo");
        }
    }
}

/// <summary>A ledger as seen by one silo.</summary>
internal sealed class MortalLedger(ILoopLedger ledger, SiloLife life) : ILoopLedger
{
    public ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    )
    {
        life.ThrowIfDead();
        return ledger.AppendAsync(line, summary, records, cancellationToken);
    }

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return ledger.ReadHeadAsync(loop, cancellationToken);
    }

    public async IAsyncEnumerable<LedgerLine> ReadAsync(
        LoopId loop,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await life.PassAsync(cancellationToken);
        await foreach (var line in ledger.ReadAsync(loop, fromSeq, cancellationToken))
        {
            yield return line;
        }
    }

    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return ledger.RequireSoundAsync(loop, through, cancellationToken);
    }

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return ledger.ListDamagedAsync(cancellationToken);
    }

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return ledger.ListAsync(cancellationToken);
    }
}

/// <summary>The read model as seen by one silo.</summary>
internal sealed class MortalReads(IReadModel reads, SiloLife life) : IReadModel
{
    public ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return reads.FindAsync(loop, cancellationToken);
    }

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return reads.ListAsync(query, cancellationToken);
    }

    public ValueTask<LoopRecord?> ReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return reads.ReadAsync(loop, atLeast, cancellationToken);
    }

    public IAsyncEnumerable<RecordPlace> ListPlacesAsync(CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return reads.ListPlacesAsync(cancellationToken);
    }

    public ValueTask WriteAsync(IReadOnlyList<LoopRecord> records, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return reads.WriteAsync(records, cancellationToken);
    }

    public ValueTask RemoveAsync(IReadOnlyList<LoopId> loops, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return reads.RemoveAsync(loops, cancellationToken);
    }
}

/// <summary>A sandbox as used by one silo: what runs when the silo dies ends, as containers do when their harness is gone.</summary>
internal sealed class MortalSandbox(ISandbox sandbox, SiloLife life) : ISandbox
{
    public SandboxCaps Caps => sandbox.Caps;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => sandbox.DescribeAsync(cancellationToken);

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        sandbox.ResolveImageAsync(image, cancellationToken);

    public void Prewarm(SandboxOwner owner, SandboxShape shape) => sandbox.Prewarm(owner, shape);

    public async ValueTask<SandboxResult> RunAsync(
        SandboxOwner owner,
        SandboxShape shape,
        SandboxCall call,
        CancellationToken cancellationToken
    )
    {
        life.ThrowIfDead();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, life.Dead);
        return await sandbox.RunAsync(owner, shape, call, either.Token);
    }

    public async ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken)
    {
        await sandbox.ReleaseAsync(loop, cancellationToken);
        life.Released.Enqueue(loop);
    }
}
