using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Writes a loop's first entry: everything that shapes it, resolved and durable, before anything is driven.</summary>
public sealed class LoopStarter(LoopPorts ports, ModelCatalog catalog)
{
    private const string RulesPath = ".agent/RULES.md";
    private const string PolicyPath = ".agent/policy.yaml";
    private const int MostRules = 64 * 1024;

    private readonly LoopLoader _loader = new(ports.Ledger);
    private readonly LoopMutex _starting = new();

    /// <summary>Creates the loop. Nothing is written to the ledger when workspace or model cannot be used.</summary>
    /// <exception cref="BadInputException"><c>sandbox-limit</c>: asks more of the sandbox than this server allows. Else with every fault of workspace, models or repository policy.</exception>
    /// <exception cref="LedgerConflictException">The loop <paramref name="request"/> names exists; nothing of it was touched.</exception>
    public ValueTask<LoopState> CreateAsync(StartLoop request, CancellationToken cancellationToken) =>
        OnceAsync(request.Id, id => CreateAsync(request, id, cancellationToken), cancellationToken);

    private async ValueTask<LoopState> CreateAsync(StartLoop request, LoopId id, CancellationToken cancellationToken)
    {
        var spec = request.Spec;
        ports.Sandbox.Caps.Check(spec);
        var models = await BindAsync(spec, cancellationToken).ConfigureAwait(false);
        RequirePrices(spec.Budget, models);
        var snapshot = await ports.Workspaces.ImportAsync(id, spec.Workspace, cancellationToken).ConfigureAwait(false);
        var policy = await ports.Workspaces.ReadFileAsync(id, snapshot.Tree, PolicyPath, MostRules, cancellationToken).ConfigureAwait(false);
        var created = new LoopCreated
        {
            Tenant = request.Tenant,
            Spec = spec,
            Base = snapshot,
            Rules = await ports.Workspaces.ReadFileAsync(id, snapshot.Tree, RulesPath, MostRules, cancellationToken).ConfigureAwait(false),
            WorkspacePolicy = policy is null ? null : SpecFile.ParsePolicy(policy, PolicyPath),
            Protection = await new ProtectionReader(ports.Workspaces).ReadAsync(id, snapshot.Tree, spec, cancellationToken).ConfigureAwait(false),
            Models = models,
            Tools = ports.Tools.Definitions,
            Versions = EngineVersions.Current,
            Request = request.RequestHash,
            Start = StartOf(request.Id),
        };
        return await AppendFirstAsync(id, created, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The binding of every role.</summary>
    /// <exception cref="BadInputException"><c>unknown-model</c>, <c>models-invalid</c>, <c>script-invalid</c>.</exception>
    public async ValueTask<Dictionary<string, ModelBinding>> BindAsync(LoopSpec spec, CancellationToken cancellationToken)
    {
        var models = new Dictionary<string, ModelBinding>();
        foreach (var (role, model) in spec.Models)
        {
            models[role] = await catalog.ResolveAsync(model, role, ports.Blobs, cancellationToken).ConfigureAwait(false);
        }

        return models;
    }

    /// <summary>Creates a loop that goes on from another's state.</summary>
    /// <exception cref="BadInputException"><c>unknown-loop</c>, <c>unknown-entry</c>, <c>sandbox-limit</c>.</exception>
    /// <exception cref="LedgerConflictException">The loop <paramref name="request"/> names exists; nothing of it was touched.</exception>
    public ValueTask<LoopState> ForkAsync(ForkLoop request, CancellationToken cancellationToken) =>
        OnceAsync(request.Id, id => ForkAsync(request, id, cancellationToken), cancellationToken);

    private async ValueTask<LoopState> ForkAsync(ForkLoop request, LoopId id, CancellationToken cancellationToken)
    {
        var (parent, seq) = (request.Parent, request.Seq);
        var state = await _loader.LoadAsync(parent, seq, cancellationToken).ConfigureAwait(false) ?? throw UnknownLoop(parent);
        if (state.Seq != seq)
        {
            throw new BadInputException("unknown-entry", "--at", $"loop {parent} has no entry {seq}; its last is {state.Seq}");
        }

        ports.Sandbox.Caps.Check(state.Spec);
        RequirePrices(request.Budget ?? state.Spec.Budget, state.Created.Models);
        await ports.Workspaces.ForkAsync(parent, id, state.Workspace.Commit, state.Workspace.Packs, cancellationToken).ConfigureAwait(false);
        var forked = new LoopForked
        {
            Parent = parent,
            Seq = seq,
            Hash = state.Head.ToString(),
            Commit = state.Workspace.Commit,
            Budget = request.Budget ?? state.Spec.Budget,
            Versions = EngineVersions.Current,
            Request = request.RequestHash,
            Start = StartOf(request.Id),
        };
        return await AppendFirstAsync(id, forked, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A ceiling of cost over a model without a price would never be reached.</summary>
    /// <exception cref="BadInputException"><c>price-missing</c>.</exception>
    public static void RequirePrices(BudgetLimits budget, IReadOnlyDictionary<string, ModelBinding> models)
    {
        var unpriced = models.Where(m => m.Value.Unpriced).Select(m => m.Key).Order(StringComparer.Ordinal).ToList();
        if (budget.Cost is not null && unpriced.Count > 0)
        {
            var names = string.Join(", ", unpriced.Select(r => $"'{models[r].Name}' ({r})"));
            throw new BadInputException(
                "price-missing", "budget.cost",
                $"cannot be held: model {names} has no price. Write price: {{ in: ..., out: ... }} a million tokens beside it, {{ in: 0, out: 0 }} if it is free, or drop budget.cost.");
        }
    }

    public static BadInputException UnknownLoop(LoopId loop) => new("unknown-loop", "ID", $"there is no loop {loop} here. 'loop ls' lists them.");

    private async ValueTask<LoopState> OnceAsync(LoopId? id, Func<LoopId, ValueTask<LoopState>> create, CancellationToken cancellationToken)
    {
        if (id is not { } chosen)
        {
            return await create(NewId(ports.Time)).ConfigureAwait(false);
        }

        // Of several starts of one id here, the later ones find the first one's loop before they import anything.
        using var turn = await _starting.EnterAsync(chosen, cancellationToken).ConfigureAwait(false);
        return await ports.Ledger.ReadHeadAsync(chosen, cancellationToken).ConfigureAwait(false) is null
            ? await create(chosen).ConfigureAwait(false)
            : throw new LedgerConflictException($"loop {chosen} exists");
    }

    private static string? StartOf(LoopId? id) => id is null ? null : RandomNumberGenerator.GetHexString(16, lowercase: true);

    private async ValueTask<LoopState> AppendFirstAsync(LoopId id, LoopEvent first, CancellationToken cancellationToken)
    {
        var now = ports.Time.GetUtcNow();
        var at = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        var line = LedgerCodec.Seal(id, 1, at, 0, [first], LedgerHash.Genesis(id));
        // Read back rather than taken from memory: what is driven is what is in the ledger.
        var state = await _loader.BeginAsync(LedgerCodec.Read(line), cancellationToken).ConfigureAwait(false);
        await ports.Ledger.AppendAsync(line, LoopSummary.Of(state), [], CancellationToken.None).ConfigureAwait(false);
        ports.Records.Keep(state);
        return state;
    }

    /// <summary>16 characters of Crockford's base 32, lower case: 9 of milliseconds, so that ids sort by time, and 7 random ones.</summary>
    public static LoopId NewId(TimeProvider time)
    {
        const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
        var milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        var random = RandomNumberGenerator.GetString(Alphabet, 7);
        return new LoopId(string.Create(16, (milliseconds, random), static (text, parts) =>
        {
            for (var i = 8; i >= 0; i--)
            {
                text[i] = Alphabet[(int)(parts.milliseconds & 31)];
                parts.milliseconds >>= 5;
            }

            parts.random.CopyTo(text[9..]);
        }));
    }
}
