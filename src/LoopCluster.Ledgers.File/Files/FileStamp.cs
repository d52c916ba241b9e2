namespace LoopCluster.Ledgers.File.Files;

/// <summary>What shows that a file was written to: when that was last, and how long it is. <c>default</c> is no file's.</summary>
/// <param name="Modified">In ticks of 100 ns, UTC.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct FileStamp(long Modified, long Length);
