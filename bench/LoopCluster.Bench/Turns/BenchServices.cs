using LoopCluster.Ledgers.File;
using LoopCluster.Ledgers.File.Reads;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Tools;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Bench.Turns;

/// <summary>The parts a real host composes, on a directory of its own.</summary>
internal sealed class BenchServices : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly DataDirectoryLock _lock;
    private readonly FileLedger _ledger;
    private readonly FileBlobStore _blobs;
    private readonly SqliteReadModel _reads;
    private readonly LoopRecords _records;
    private readonly string _directory;

    private BenchServices(string directory)
    {
        _directory = directory;
        _lock = DataDirectoryLock.Acquire(directory);
        _ledger = FileLedger.Open(_lock, new FileLedgerOptions { Directory = directory });
        _blobs = FileBlobStore.Open(_lock);
        _reads = SqliteReadModel.Own(_lock, NullLogger<SqliteReadModel>.Instance);
        _records = new LoopRecords(_ledger, _reads, RecordKeeping.Holder, NullLogger<LoopRecords>.Instance);
        _provider = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton<IBlobStore>(_blobs)
            .AddOpenAIModels()
            .AddLoopWorkspaces(options => options.Directory = directory)
            .BuildServiceProvider();
    }

    public IModelClient Models => new FirstThatServes(_provider.GetServices<IModelClient>());

    public FileLedger Ledger => _ledger;

    public LoopRecords Records => _records;

    public static BenchServices Create(string directory) => new(directory);

    public LoopPorts Ports(IModelClient models)
    {
        var redactor = new SecretRedactor([]);
        var sandbox = new EmptySandbox();
        var workspaces = new EmptyWorkspaces();
        return new LoopPorts(
            _ledger,
            _records,
            _blobs,
            _ledger.Audit,
            sandbox,
            workspaces,
            new ModelRouter([models]),
            new ToolRegistry([new NoopTool()]),
            redactor,
            new BasePreparer(workspaces, sandbox, _blobs, redactor, _provider.GetRequiredService<IPreparedLayers>()),
            new ProofWriter(workspaces, _blobs, new ProofKey(Path.Combine(_directory, "keys")), Path.Combine(_directory, "proofs")),
            new TenantAccounts(
                new MemoryAccountStore(),
                TenantLimits.None,
                _records,
                TimeProvider.System,
                NullLogger<TenantAccounts>.Instance
            ),
            TimeProvider.System
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        await _records.DisposeAsync();
        _reads.Dispose();
        await _ledger.DisposeAsync();
        _lock.Dispose();
    }

    private sealed class FirstThatServes(IEnumerable<IModelClient> clients) : IModelClient
    {
        private readonly IModelClient[] _clients = [.. clients];

        public bool Serves(Engine.Events.ModelBinding model) => _clients.Any(c => c.Serves(model));

        public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken) =>
            _clients.First(c => c.Serves(call.Model)).SendAsync(call, cancellationToken);
    }
}
