using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoopCluster.Ledgers.File.Tests;

public sealed class DataDirectoryLockTests : IDisposable
{
    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Acquire_HeldDirectory_NamesTheHolder()
    {
        var error = Should.Throw<BadInputException>(() => DataDirectoryLock.Acquire(_directory.Path));
        error.Code.ShouldBe("data-directory-in-use");
        error.Message.ShouldContain($"process {Environment.ProcessId}");
    }

    [Fact]
    public void Acquire_ReleasedDirectory_Works()
    {
        var path = Path.Combine(_directory.Path, "inner");
        DataDirectoryLock.Acquire(path).Dispose();
        using var again = DataDirectoryLock.Acquire(path);
        again.Path.ShouldBe(path);
    }

    [Fact]
    public void Acquire_FileInTheWay_IsBadInput() =>
        Should
            .Throw<BadInputException>(() => DataDirectoryLock.Acquire(Path.Combine(_directory.Path, "lock", "data")))
            .Code.ShouldBe("data-directory-unusable");

    [Fact]
    public void Open_NewDirectory_IsPrivate()
    {
        using var ledger = _directory.Open();
        foreach (
            var directory in new[]
            {
                _directory.Path,
                _directory.LedgerPath,
                Path.Combine(_directory.Path, "audit"),
                Path.Combine(_directory.Path, "blobs"),
            }
        )
        {
            System
                .IO.File.GetUnixFileMode(directory)
                .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, directory);
        }
    }

    [Fact]
    public async Task AddFileLedger_Twice_IsOneLedgerAndReleasesTheLock()
    {
        var path = Path.Combine(_directory.Path, "services");
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddFileLedger(o => o.Directory = path).AddFileLedger();
        await using (var provider = services.BuildServiceProvider())
        {
            provider.GetRequiredService<ILoopLedger>().ShouldBeSameAs(provider.GetRequiredService<FileLedger>());
            provider.GetServices<ILoopLedger>().Count().ShouldBe(1);
            provider.GetRequiredService<IAuditLog>().ShouldBeSameAs(provider.GetRequiredService<FileLedger>().Audit);
            provider.GetRequiredService<IBlobStore>().ShouldNotBeNull();
        }

        DataDirectoryLock.Acquire(path).Dispose();
    }

    [Fact]
    public void AddFileLedger_BadOptions_ReportsEachWithItsKey()
    {
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddFileLedger(o => (o.Directory, o.SegmentBytes) = ("", 1));
        using var provider = services.BuildServiceProvider();

        var error = Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IOptions<FileLedgerOptions>>().Value);
        error.Failures.Count().ShouldBe(2);
        error.Message.ShouldContain("LoopCluster:FileLedger:SegmentBytes");
    }
}
