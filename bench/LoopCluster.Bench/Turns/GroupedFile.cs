using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Bench.Turns;

/// <summary>One file, one writer, one sync for all who wait: the least a durable loop can do.</summary>
internal sealed class GroupedFile : IAsyncDisposable
{
    private readonly Channel<(byte[] Bytes, TaskCompletionSource Done)> _queue = Channel.CreateUnbounded<(byte[], TaskCompletionSource)>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly SafeFileHandle _file;
    private readonly Task _writer;

    public GroupedFile(string path)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        _writer = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Task AppendAsync(byte[] bytes)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Writer.TryWrite((bytes, done));
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.Complete();
        await _writer;
        _file.Dispose();
    }

    private void Write()
    {
        var offset = 0L;
        var waiting = new List<TaskCompletionSource>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            using var group = new MemoryStream();
            while (_queue.Reader.TryRead(out var item))
            {
                group.Write(item.Bytes);
                waiting.Add(item.Done);
            }

            RandomAccess.Write(_file, group.GetBuffer().AsSpan(0, (int)group.Length), offset);
            offset += group.Length;
            RandomAccess.FlushToDisk(_file);
            waiting.ForEach(d => d.TrySetResult());
            waiting.Clear();
        }
    }
}
