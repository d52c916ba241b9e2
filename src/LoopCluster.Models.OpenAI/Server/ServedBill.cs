using LoopCluster.Engine.Events;

namespace LoopCluster.Models.OpenAI.Server;

/// <summary>
/// What a real endpoint would put on the bill: every reply it made, whether or not the caller was still there to read it.
/// </summary>
internal sealed class ServedBill
{
    private long _calls;
    private long _tokensIn;
    private long _tokensOut;

    public long Calls => Interlocked.Read(ref _calls);

    public long TokensIn => Interlocked.Read(ref _tokensIn);

    public long TokensOut => Interlocked.Read(ref _tokensOut);

    public void Add(Usage usage)
    {
        Interlocked.Add(ref _tokensIn, usage.In);
        Interlocked.Add(ref _tokensOut, usage.Out);
        Interlocked.Increment(ref _calls);
    }
}
