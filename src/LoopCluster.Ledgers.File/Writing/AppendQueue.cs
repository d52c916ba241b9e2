namespace LoopCluster.Ledgers.File.Writing;

/// <summary>Many producers, one consumer, no allocation: a linked stack that the consumer takes as a whole and turns round.</summary>
internal sealed class AppendQueue
{
    private AppendOperation? _top;

    public bool IsEmpty => Volatile.Read(ref _top) is null;

    public void Enqueue(AppendOperation operation)
    {
        AppendOperation? top;
        do
        {
            top = Volatile.Read(ref _top);
            operation.Next = top;
        } while (Interlocked.CompareExchange(ref _top, operation, top) != top);
    }

    /// <summary>Takes everything, oldest first.</summary>
    public void TakeAll(List<AppendOperation> operations)
    {
        var start = operations.Count;
        for (var operation = Interlocked.Exchange(ref _top, null); operation is not null; operation = operation.Next)
        {
            operations.Add(operation);
        }

        operations.Reverse(start, operations.Count - start);
    }
}
