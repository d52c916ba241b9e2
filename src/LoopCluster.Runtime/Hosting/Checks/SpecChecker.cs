using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting.Checks;

/// <summary>
/// Tries everything a run needs before it spends anything: models, keys, endpoints, prices, the workspace and every gate on the base. One
/// thing that fails does not keep the others from being tried. What it means is <see cref="CheckRules"/>' to say. To be used over a data
/// directory that is thrown away.
/// </summary>
public sealed class SpecChecker(LoopPorts ports, LoopStarter starter)
{
    private const int MostLessons = 4;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>An answer is wanted now: a check does not wait an outage out.</summary>
    private static readonly Duration Patience = Duration.FromSeconds(2);

    /// <summary>Stands in for models that cannot be bound or are not here: gates and workspace can be tried without them.</summary>
    private static readonly ModelSpec StandIn = new() { Script = """{"replies":[{"text":"no model is called"}]}""" };

    /// <param name="before">Findings of the caller's own, which come first.</param>
    /// <param name="onEvent">Told what happens on the base, as it happens.</param>
    public async ValueTask<CheckOutcome> RunAsync(
        StartLoop request,
        ModelAsking asking,
        IEnumerable<CheckFinding> before,
        Action<LoopEvent, LoopState>? onEvent,
        CancellationToken cancellationToken
    )
    {
        var findings = new List<CheckFinding>(before);
        var spec = request.Spec;
        var mayRun = Try(() => ports.Sandbox.Caps.Check(spec), findings);
        if (
            asking == ModelAsking.Elsewhere
            || !await CheckModelsAsync(spec, asking == ModelAsking.Ask, findings, cancellationToken).ConfigureAwait(false)
        )
        {
            spec = spec with
            {
                Models = spec.Models.Keys.ToDictionary(role => role, _ => StandIn),
                Tiers = null,
                Budget = spec.Budget with { Cost = null },
            };
        }

        if (!mayRun)
        {
            return new CheckOutcome(findings, null);
        }

        LoopState state;
        try
        {
            state = await starter
                .CreateAsync(request with { Spec = spec with { Outage = Patience } }, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (BadInputException refusal)
        {
            findings.AddRange(CheckRules.Refused(refusal.Code, refusal.Faults));
            return new CheckOutcome(findings, null);
        }

        onEvent?.Invoke(state.Created, state);
        var end = await new BaselineCheck(ports).RunAsync(state, onEvent, cancellationToken).ConfigureAwait(false);
        if (end.ImportFailure is { } failure)
        {
            findings.AddRange(CheckRules.Refused(failure.Code, failure.Faults));
            return new CheckOutcome(findings, null);
        }

        if (end.IsImported)
        {
            findings.AddRange(
                CheckRules.Workspace(
                    await ports.Workspaces.SurveyAsync(end.Id, spec.Workspace, end.Base, cancellationToken).ConfigureAwait(false)
                )
            );
        }

        findings.Add(CheckRules.Gates(end, await CanariesAsync(end, cancellationToken).ConfigureAwait(false)));
        return new CheckOutcome(findings, end);
    }

    /// <summary>By the base's files: which runner each gate's canary would be made for.</summary>
    private async ValueTask<IReadOnlyDictionary<string, string?>> CanariesAsync(LoopState end, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        var trees = new ProbeTrees(ports.Workspaces);
        foreach (var gate in end.Spec.Gates.OfType<CommandGate>().Where(g => end.Baseline.ContainsKey(g.Name)))
        {
            var made = gate.Canary is { Count: 0 }
                ? default
                : await trees.CanaryAsync(gate, StrengthRules.NonceOf(end), end, end.Base.Tree, cancellationToken).ConfigureAwait(false);
            found.Add(gate.Name, made.Probe?.Kind);
        }

        return found;
    }

    /// <returns>False when a run would be refused for its models.</returns>
    private async ValueTask<bool> CheckModelsAsync(
        LoopSpec spec,
        bool ask,
        List<CheckFinding> findings,
        CancellationToken cancellationToken
    )
    {
        BoundModels bound;
        try
        {
            bound = await starter.BindAsync(spec, cancellationToken).ConfigureAwait(false);
        }
        catch (BadInputException refusal)
        {
            findings.AddRange(CheckRules.Refused(refusal.Code, refusal.Faults));
            return false;
        }

        foreach (var same in bound.Models.GroupBy(m => (m.Value.Name, m.Value.Url, m.Value.Model, m.Value.Script?.Hash)))
        {
            await CheckModelAsync(same.First().Value, [.. same.Select(m => m.Key)], spec, ask, findings, cancellationToken)
                .ConfigureAwait(false);
        }

        if (
            !Try(() => LoopStarter.RequirePrices(spec.Budget, bound.Models), findings)
            || !Try(() => JudgeFamilies.Require(spec, bound), findings)
        )
        {
            return false;
        }

        findings.AddRange(spec.Budget.Cost is { } ceiling ? [CheckRules.Priced(ceiling)] : []);
        return true;
    }

    /// <returns>False when the rule refuses; then that is a finding.</returns>
    private static bool Try(Action rule, List<CheckFinding> findings)
    {
        try
        {
            rule();
            return true;
        }
        catch (BadInputException refusal)
        {
            findings.AddRange(CheckRules.Refused(refusal.Code, refusal.Faults));
            return false;
        }
    }

    private async ValueTask CheckModelAsync(
        ModelBinding model,
        IReadOnlyList<string> roles,
        LoopSpec spec,
        bool ask,
        List<CheckFinding> findings,
        CancellationToken cancellationToken
    )
    {
        if (model.Url is null)
        {
            findings.Add(CheckRules.Scripted(model, roles));
            return;
        }

        var keys = Keys(model).ToList();
        findings.AddRange(keys);
        if (!ask)
        {
            findings.Add(CheckRules.NotAsked(model));
        }
        else if (keys.TrueForAll(k => k.Health == CheckHealth.Good))
        {
            // Without its key the call would not be made.
            findings.Add(await AskAsync(model, roles[0], spec.Patience, cancellationToken).ConfigureAwait(false));
        }
    }

    private static IEnumerable<CheckFinding> Keys(ModelBinding model)
    {
        if (model.KeyEnv is { } variable)
        {
            yield return CheckRules.Key(model, variable, KeyRules.Fault(variable, Environment.GetEnvironmentVariable(variable)));
        }

        foreach (var (name, source) in model.Dialect?.ExtraHeaders ?? new Dictionary<string, HeaderSource>())
        {
            if (source.Env is { } header)
            {
                yield return CheckRules.Key(model, header, KeyRules.HeaderFault(header, name, Environment.GetEnvironmentVariable(header)));
            }
        }
    }

    private async ValueTask<CheckFinding> AskAsync(ModelBinding model, string role, Duration patience, CancellationToken cancellationToken)
    {
        var dialect = model.Dialect ?? ModelDialect.Reference;
        for (var lessons = 0; ; lessons++)
        {
            using var late = new CancellationTokenSource(AnswerWithin, ports.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            var call = new ModelCall(model, new LoopId("check"), role, 0, ModelProbe.Write(model, dialect));
            var result = await ports.Models.SendAsync(call, either.Token).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (result.Failure?.Rejected is { } rejected && lessons < MostLessons && ModelProbe.Learn(dialect, rejected) is { } learned)
            {
                dialect = learned;
                continue;
            }

            return result.Failure is { Kind: ModelFailureKind.Aborted }
                ? CheckRules.Endpoint(model, ModelFailureKind.Timeout, $"no answer within {AnswerWithin.TotalSeconds:0} s", null, patience)
                : CheckRules.Endpoint(model, result.Failure?.Kind, result.Failure?.Message, result.Answer?.Usage, patience);
        }
    }
}
