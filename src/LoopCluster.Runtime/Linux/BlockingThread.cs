namespace LoopCluster.Runtime.Linux;

/// <summary>Work that spends its time blocked in the kernel, on a thread of its own.</summary>
internal static class BlockingThread
{
    private const int StackSize = 512 * 1024;

    public static Task<T> RunAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                try
                {
                    done.SetResult(work());
                }
#pragma warning disable CA1031 // Whatever it is goes to the awaiter.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    done.SetException(e);
                }
            },
            StackSize
        )
        {
            IsBackground = true,
            Name = "blocking",
        };
        thread.Start();
        return done.Task;
    }
}
