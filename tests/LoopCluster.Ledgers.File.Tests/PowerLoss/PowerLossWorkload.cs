using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Ledgers.File.Tests.PowerLoss;

/// <summary>
/// Appends, audits and stores blobs on a disk whose power fails again and again, and holds the stores to their word: what was acknowledged
/// or shown is there, byte for byte; a visible entry's blob and audit record are too; nothing is refused as damaged; appending goes on.
/// </summary>
internal sealed class PowerLossWorkload
{
    private const int Rounds = 12;
    private const int Loops = 4;
    private const string Tenant = "acme";

    private readonly Random _random;
    private readonly SimulatedDisk _disk;
    private readonly SelectiveFileLayer _layer;
    private readonly Dictionary<LoopId, List<LedgerLine>> _promised = [];
    private readonly Dictionary<LoopId, LedgerLine> _attempted = [];
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly List<string> _audits = [];
    private readonly long _segmentBytes;
    private int _marks;

    public PowerLossWorkload(int seed, SyncPoint ignored)
    {
        _random = new Random(seed);
        _disk = new SimulatedDisk(seed);
        _layer = new SelectiveFileLayer(_disk, ignored);
        _segmentBytes = _random.Next(2) == 0 ? 4096 : 1 << 20;
    }

    /// <summary>The first broken promise, or null.</summary>
    public async Task<string?> RunAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            _disk.FailPowerAfter(round == Rounds - 1 ? int.MaxValue : _random.Next(1, 90));
            if (_random.Next(3) == 0)
            {
                _disk.FailSyncAfter(_random.Next(1, 20));
            }

            try
            {
                if (await RunUntilFailureAsync() is { } violation)
                {
                    return $"round {round}: {violation}";
                }
            }
            catch (LedgerCorruptException e)
            {
                return $"round {round}: {e.Message}";
            }
            catch (Exception e) when (e is InfrastructureException && _disk.IsOff)
            {
                // The power failed, as planned.
            }
            catch (InfrastructureException e) when (e.InnerException is IOException { Message: "Input/output error" })
            {
                // Opening met the planned I/O error; the next round opens again.
            }

            _disk.Restart(powerLost: _random.Next(3) > 0);
        }

        return null;
    }

    private async Task<string?> RunUntilFailureAsync()
    {
        _layer.Opening = true;
        using var ledger = new FileLedger(_layer, SimulatedDisk.Root, _segmentBytes, NullLogger.Instance);
        _layer.Opening = false;
        var blobs = new FileBlobStore(_layer, SimulatedDisk.Root);
        blobs.RemoveLeftovers();
        if (await CheckAsync(ledger, blobs) is { } violation)
        {
            return violation;
        }

        for (var step = 0; step < 40 && !_disk.IsOff; step++)
        {
            await StepAsync(ledger, blobs);
        }

        return null;
    }

    private async Task StepAsync(FileLedger ledger, FileBlobStore blobs)
    {
        var loop = new LoopId($"loop-{_random.Next(Loops)}");
        try
        {
            switch (_random.Next(5))
            {
                case 2:
                    await AppendGroupAsync(ledger);
                    break;
                case 0:
                    var mark = $"audit-{_marks++}";
                    await ledger.Audit.AppendAsync(Audit(mark, loop), default);
                    _audits.Add(mark);
                    break;
                case 1:
                    var content = Encoding.ASCII.GetBytes(new string((char)('a' + _random.Next(26)), _random.Next(1, 3000)));
                    BlobRef blob;
                    if (_random.Next(2) == 0)
                    {
                        blob = await blobs.PutAsync(content, default);
                    }
                    else
                    {
                        using var stream = new MemoryStream(content);
                        blob = await blobs.PutAsync(stream, default);
                    }

                    _blobs[blob.Hash] = content;
                    await AppendAsync(ledger, loop, $"{{\"blob\":\"{blob.Hash}\"}}");
                    break;
                default:
                    await AppendAsync(ledger, loop, $"{{\"text\":\"{new string('x', _random.Next(10, 1500))}\",\"mark\":{_marks++}}}");
                    break;
            }
        }
        catch (InfrastructureException)
        {
            // Power or sync failed: the outcome is open, and the same entry is asked for again.
        }
    }

    /// <summary>Holds one commit at its sync while every other loop appends, so that those become one group.</summary>
    private async Task AppendGroupAsync(FileLedger ledger)
    {
        using var goOn = new ManualResetEventSlim();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _layer.Hold = (reached, goOn);
        var held = Task.Run(() => Begin(ledger, new LoopId("loop-0"), "{\"group\":true}").Append);
        await Task.WhenAny(reached.Task, held);
        _layer.Hold = null;
        var rest = Enumerable
            .Range(1, Loops - 1)
            .Select(i => Begin(ledger, new LoopId($"loop-{i}"), $"{{\"text\":\"{new string('y', 400 * i)}\"}}"))
            .ToArray();
        goOn.Set();
        foreach (var append in rest.Prepend((_attempted[new LoopId("loop-0")], held)))
        {
            await SettleAsync(append);
        }
    }

    private Task AppendAsync(FileLedger ledger, LoopId loop, string data) => SettleAsync(Begin(ledger, loop, data));

    private (LedgerLine Line, Task Append) Begin(FileLedger ledger, LoopId loop, string data)
    {
        var known = _promised.TryGetValue(loop, out var lines) ? lines : _promised[loop] = [];
        if (!_attempted.TryGetValue(loop, out var line))
        {
            var builder = new LedgerEntryBuilder(loop);
            line = (known.Count > 0 ? builder.After(known[^1]) : builder).Next(data: data);
            _attempted[loop] = line;
        }

        return (
            line,
            _random.Next(3) == 0
                ? ledger.AppendAsync(line, [Audit($"with-{loop}-{line.Seq}", loop)], default).AsTask()
                : ledger.AppendAsync(line, default).AsTask()
        );
    }

    private async Task SettleAsync((LedgerLine Line, Task Append) begun)
    {
        try
        {
            await begun.Append;
            _promised[begun.Line.Loop].Add(begun.Line);
            _attempted.Remove(begun.Line.Loop);
        }
        catch (InfrastructureException)
        {
            // Power or sync failed: the outcome is open, and the same entry is asked for again.
        }
    }

    private async Task<string?> CheckAsync(FileLedger ledger, FileBlobStore blobs)
    {
        if (ledger.Recovery.Damages.Count > 0)
        {
            return $"taken for damage: {ledger.Recovery.Damages[0]}";
        }

        foreach (var loop in _promised.Keys.Union(_attempted.Keys).ToArray())
        {
            var promised = _promised.TryGetValue(loop, out var known) ? known : _promised[loop] = [];
            var stored = new List<LedgerLine>();
            await foreach (var line in ledger.ReadAsync(loop, 1, default))
            {
                stored.Add(line);
            }

            if (
                stored.Count < promised.Count
                || stored.Take(promised.Count).Zip(promised).Any(p => !p.First.Utf8.Span.SequenceEqual(p.Second.Utf8.Span))
            )
            {
                return $"{loop}: {promised.Count} entries were promised, {stored.Count} are there";
            }

            if (stored.Count > promised.Count)
            {
                // The attempt whose outcome was open had been written; it has been shown now, so it must stay.
                if (stored.Count > promised.Count + 1 || !_attempted.Remove(loop, out var attempt) || attempt.Hash != stored[^1].Hash)
                {
                    return $"{loop}: entry {stored.Count} was never appended";
                }

                promised.Add(stored[^1]);
            }

            if (await CheckBlobsAsync(blobs, promised) is { } violation)
            {
                return violation;
            }
        }

        return await CheckAuditAsync(ledger);
    }

    private async Task<string?> CheckBlobsAsync(FileBlobStore blobs, List<LedgerLine> lines)
    {
        foreach (var hash in lines.Select(BlobOf).OfType<string>().Concat(_blobs.Keys))
        {
            await using var stream = await blobs.OpenAsync(hash, default);
            if (stream is null)
            {
                return $"blob {hash[..8]} is gone";
            }

            using var content = new MemoryStream();
            try
            {
                await stream.CopyToAsync(content);
            }
            catch (LoopClusterException e) when (e.Code == "blob-corrupt")
            {
                return e.Message;
            }
        }

        return null;
    }

    private async Task<string?> CheckAuditAsync(FileLedger ledger)
    {
        var stored = new List<string>();
        await foreach (var line in ledger.Audit.ReadAsync(Tenant, 1, default))
        {
            using var record = JsonDocument.Parse(line);
            stored.Add(record.RootElement.GetProperty("data").GetProperty("mark").GetString()!);
        }

        if (_audits.Except(stored).FirstOrDefault() is { } missing)
        {
            return $"audit record {missing} was promised and is gone";
        }

        _audits.Clear();
        _audits.AddRange(stored);
        var verified = await new LedgerVerifier(_layer, SimulatedDisk.Root).VerifyAuditAsync(null, default);
        return verified.Ok ? null : $"audit: {verified.FirstBad}";
    }

    private static string? BlobOf(LedgerLine line)
    {
        using var entry = JsonDocument.Parse(line.Utf8);
        return entry.RootElement.GetProperty("data").TryGetProperty("blob", out var blob) ? blob.GetString() : null;
    }

    private static AuditRecord Audit(string mark, LoopId loop) =>
        new(Tenant, loop.Value, DateTimeOffset.UnixEpoch, "tool-allowed", JsonSerializer.SerializeToElement(new { mark }));
}
