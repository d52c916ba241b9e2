using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Reading;

/// <summary>
/// Gives a synchronous read of lines the shape of the ports. Local reads come from the page cache; a thread switch would cost more.
/// </summary>
internal static class AsyncLines
{
#pragma warning disable CS1998 // Nothing to await, see above.
    public static async IAsyncEnumerable<T> From<T>(
        IEnumerable<T> lines,
        DataPaths paths,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
#pragma warning restore CS1998
    {
        using var source = lines.GetEnumerator();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            T line;
            try
            {
                if (!source.MoveNext())
                {
                    yield break;
                }

                line = source.Current;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InfrastructureException("ledger-unavailable", $"The ledger in '{paths.Ledger}' cannot be read: {e.Message}", e);
            }

            yield return line;
        }
    }
}
