using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Writes a loop's first entry: everything that shapes it, resolved and durable, before anything is driven.</summary>
public sealed class LoopStarter(LoopPorts ports, ModelCatalog catalog, TenantLimits limits)
{
    private readonly LoopLoader _loader = new(ports.Ledger);

    /// <summary>Creates the loop: one entry. What its base holds is found out by its driver.</summary>
    /// <exception cref="BadInputException"><c>sandbox-limit</c>: asks more of the sandbox than this server allows. Else with every fault of
    /// workspace or models that shows without reading the base.</exception>
    /// <exception cref="LedgerConflictException">The loop <paramref name="request"/> names exists; nothing of it was touched.</exception>
    public async ValueTask<LoopState> CreateAsync(StartLoop request, CancellationToken cancellationToken)
    {
        var spec = request.Spec;
        ports.Sandbox.Caps.Check(spec);
        ports.Workspaces.Check(spec.Workspace);
        var models = await BindAsync(spec, cancellationToken).ConfigureAwait(false);
        RequirePrices(spec.Budget, models.Models, limits.CeilingsOf(request.Tenant).CountCost);
        JudgeFamilies.Require(spec, models);
        var created = new LoopCreated
        {
            Tenant = request.Tenant,
            Spec = spec,
            Models = models.Models,
            Tiers = models.Tiers,
            Tools = ToolsOf(spec, models.Models),
            Plans = spec.Plan ? PlanRules.Version : null,
            Versions = EngineVersions.Current,
            Request = request.RequestHash,
            Start = StartOf(request.Id),
        };
        return await AppendFirstAsync(request.Id, created, request.Tenant, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What the loop's agents may be offered: without what this loop has no use for.</summary>
    private IReadOnlyList<ToolDefinition> ToolsOf(LoopSpec spec, IReadOnlyDictionary<string, ModelBinding> models)
    {
        IReadOnlyList<ToolDefinition> tools = spec.Plan
            ? ports.Tools.Definitions
            : [.. ports.Tools.Definitions.Where(t => t.Name != ToolNames.StepDone)];
        return ExploreRules.IsOn(spec, models) ? ExploreRules.With(tools) : tools;
    }

    /// <summary>The bindings of every role.</summary>
    /// <exception cref="BadInputException"><c>unknown-model</c>, <c>models-invalid</c>, <c>script-invalid</c>.</exception>
    public async ValueTask<BoundModels> BindAsync(LoopSpec spec, CancellationToken cancellationToken)
    {
        spec = catalog.Expand(spec);
        var models = new Dictionary<string, ModelBinding>();
        foreach (var (role, model) in spec.Models)
        {
            models[role] = await catalog.ResolveAsync(model, role, ports.Blobs, cancellationToken).ConfigureAwait(false);
        }

        return new BoundModels(TierBinding.Named(models, spec.Tiers), spec.Tiers);
    }

    /// <summary>Creates a loop that goes on from another's state.</summary>
    /// <exception cref="BadInputException"><c>unknown-loop</c>, <c>unknown-entry</c>, <c>sandbox-limit</c>.</exception>
    /// <exception cref="LedgerConflictException">The loop <paramref name="request"/> names exists; nothing of it was touched.</exception>
    public async ValueTask<LoopState> ForkAsync(ForkLoop request, CancellationToken cancellationToken)
    {
        var (parent, seq) = (request.Parent, request.Seq);
        var state = await _loader.LoadAsync(parent, seq, cancellationToken).ConfigureAwait(false) ?? throw UnknownLoop(parent);
        if (state.Seq != seq)
        {
            throw new BadInputException("unknown-entry", "--at", $"loop {parent} has no entry {seq}; its last is {state.Seq}");
        }

        ports.Sandbox.Caps.Check(state.Spec);
        RequirePrices(request.Budget ?? state.Spec.Budget, state.Created.Models, limits.CeilingsOf(state.Created.Tenant).CountCost);
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
        return await AppendFirstAsync(request.Id, forked, state.Created.Tenant, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A ceiling of cost over a model without a price would never be reached.</summary>
    /// <param name="ofTenant">The tenant has such a ceiling.</param>
    /// <exception cref="BadInputException"><c>price-missing</c>.</exception>
    public static void RequirePrices(BudgetLimits budget, IReadOnlyDictionary<string, ModelBinding> models, bool ofTenant = false)
    {
        var unpriced = models.Where(m => m.Value.Unpriced).Select(m => m.Key).Order(StringComparer.Ordinal).ToList();
        if ((budget.Cost is not null || ofTenant) && unpriced.Count > 0)
        {
            var names = string.Join(", ", unpriced.Select(r => $"'{models[r].Name}' ({r})"));
            throw new BadInputException(
                "price-missing",
                "budget.cost",
                $"cannot be held: model {names} has no price. Write price: {{ in: ..., out: ... }} a million tokens beside it, {{ in: 0, out: 0 }} if it is free{(budget.Cost is null ? "; the tenant has a ceiling of cost" : ", or drop budget.cost")}."
            );
        }
    }

    public static BadInputException UnknownLoop(LoopId loop) =>
        new("unknown-loop", "ID", $"there is no loop {loop} here. 'loop ls' lists them.");

    private static string? StartOf(LoopId? id) => id is null ? null : RandomNumberGenerator.GetHexString(16, lowercase: true);

    private async ValueTask<LoopState> AppendFirstAsync(LoopId? chosen, LoopEvent first, string tenant, CancellationToken cancellationToken)
    {
        var id = chosen ?? NewId(ports.Time);
        var now = ports.Time.GetUtcNow();
        var at = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        LoopEvent[] events = AdmissionRules.Queued(limits.Of(tenant)) is { } queued ? [first, queued] : [first];
        var line = LedgerCodec.Seal(id, 1, at, 0, events, LedgerHash.Genesis(id));
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
