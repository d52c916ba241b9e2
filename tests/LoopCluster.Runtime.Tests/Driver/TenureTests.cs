using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tests.Driver;

/// <summary>A driver acts on what the ledger said a moment ago, by a clock that goes on while the process is stopped.</summary>
public sealed class TenureTests
{
    private readonly Clock _clock = new();

    [Fact]
    public async Task Require_RightAfterAnAppend_AsksNobody()
    {
        var ledger = new HeadLedger(() => throw new InvalidOperationException("nobody is to be asked"));
        var tenure = new Tenure(ledger, new LoopId("a"), _clock);
        _clock.Pass(10);
        tenure.Renew(_clock.GetTimestamp());
        _clock.Pass(0.4);
        await tenure.RequireAsync(1, CancellationToken.None);
    }

    [Fact]
    public async Task Require_ProcessStoppedBetweenQuestionAndAnswer_AsksAgain()
    {
        // The answer was true when it was given, before the process was stopped; another driver took the loop meanwhile.
        var answers = new Queue<int>([1, 2]);
        var ledger = new HeadLedger(() =>
        {
            _clock.Pass(answers.Count == 2 ? 15 : 0);
            return answers.Dequeue();
        });
        var tenure = new Tenure(ledger, new LoopId("a"), _clock);
        _clock.Pass(1);
        await Should.ThrowAsync<LedgerConflictException>(() => tenure.RequireAsync(1, CancellationToken.None).AsTask());
        answers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Require_SlowAnswer_IsAskedOnce()
    {
        var asked = 0;
        var ledger = new HeadLedger(() =>
        {
            asked++;
            _clock.Pass(1.5);
            return 1;
        });
        var tenure = new Tenure(ledger, new LoopId("a"), _clock);
        _clock.Pass(1);
        await tenure.RequireAsync(1, CancellationToken.None);
        asked.ShouldBe(1);
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _now;

        public void Pass(double seconds) => _now += (long)(seconds * 1000);
    }

    /// <param name="epoch">Of the head.</param>
    private sealed class HeadLedger(Func<int> epoch) : ILoopLedger
    {
        public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) =>
            new(new LedgerHead(1, epoch(), default));

        public ValueTask AppendAsync(
            LedgerLine line,
            LoopSummary? summary,
            IReadOnlyList<AuditRecord> records,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException();

        public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
