using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File;

/// <summary>Whether an entry could be made durable now: a byte is written beside the segments, synced, and removed.</summary>
internal sealed class FileLedgerReadiness(DataDirectoryLock directory) : IReadinessCheck
{
    private readonly DataPaths _paths = new(directory.Path);

    public string Name => "ledger";

    public ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        var files = PhysicalFileLayer.Instance;
        var file = Path.Combine(_paths.Ledger, $"ready-{Guid.NewGuid():n}");
        try
        {
            using (var probe = files.OpenWrite(file, create: true))
            {
                probe.Write("1"u8, 0);
                probe.Sync();
            }

            return new ValueTask<string?>((string?)null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InfrastructureException("ledger-unavailable", $"'{_paths.Ledger}' cannot be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(_paths.Ledger))
            {
                files.Delete(file);
            }
        }
    }
}
