using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Checks;

/// <summary>What facts found before a run mean for it: whether it would end on them, and what to do.</summary>
public static class CheckRules
{
    private const int MostNamed = 5;

    /// <summary>An environment variable a model's requests need.</summary>
    /// <param name="fault">Why its value cannot be used, or null (<see cref="KeyRules.Fault"/>).</param>
    public static CheckFinding Key(ModelBinding model, string variable, string? fault) =>
        fault is null
            ? new CheckFinding("key", CheckHealth.Good, $"{variable} is set, for model '{model.Name}'")
            : new CheckFinding(
                "key",
                CheckHealth.Bad,
                $"model '{model.Name}': {fault}",
                $"export {variable}=... before 'loop run', or take it out of the model's settings"
            )
            {
                ExitCode = ExitCodes.Unavailable,
            };

    public static CheckFinding Scripted(ModelBinding model, IReadOnlyList<string> roles) =>
        new("endpoint", CheckHealth.Good, $"model '{model.Name}' ({string.Join(", ", roles)}) is scripted: nothing has to be reached");

    public static CheckFinding NotAsked(ModelBinding model) =>
        new("endpoint", CheckHealth.Good, $"{model.Url} for model '{model.Name}' was not asked (--offline)");

    /// <summary>A model that a server is to have.</summary>
    public static CheckFinding Served(string role, string name, IReadOnlyList<string> known) =>
        known.Contains(name, StringComparer.Ordinal)
            ? new CheckFinding("model", CheckHealth.Good, $"the server has model '{name}' ({role})")
            : new CheckFinding(
                "model",
                CheckHealth.Bad,
                $"models.{role}: the server has no model '{name}': {(known.Count == 0 ? "it has none" : $"it has {string.Join(", ", known)}")}",
                "use one of those, a script, or ask its operator"
            )
            {
                ExitCode = ExitCodes.BadInput,
                Code = "unknown-model",
                Path = $"models.{role}",
            };

    /// <summary>What the endpoint did with a request for one token.</summary>
    /// <param name="failure">Null when it replied.</param>
    /// <param name="patience">How long a loop waits for an endpoint that is busy.</param>
    public static CheckFinding Endpoint(ModelBinding model, ModelFailureKind? failure, string? message, Usage? usage, Duration patience) =>
        failure switch
        {
            null => new CheckFinding(
                "endpoint",
                CheckHealth.Good,
                $"{model.Url} answers as model '{model.Name}'{(usage is null ? ", and names no usage: what it does not bill is reckoned at its upper bound" : "")}"
            ),
            // It read the request, and that is what was asked.
            ModelFailureKind.ContextLength => new CheckFinding(
                "endpoint",
                CheckHealth.Weak,
                $"{model.Url} answers, but finds a short prompt too long: {message}",
                "look at the window it serves the model with"
            ),
            ModelFailureKind.RateLimited or ModelFailureKind.Overloaded => new CheckFinding(
                "endpoint",
                CheckHealth.Weak,
                $"{model.Url} is there and busy: {message}",
                $"nothing, if that passes: a loop waits for it up to {patience} (outage)"
            ),
            ModelFailureKind.Refused => Bad($"{model.Url} refuses model '{model.Name}': {message}", "check url, model and key"),
            ModelFailureKind.Unreachable => Bad(
                $"{model.Url} cannot be reached: {message}",
                "start the endpoint, or correct 'url'; --offline leaves this out"
            ),
            _ => Bad(
                $"{model.Url} gave no usable answer: {message}",
                $"look at the endpoint; a loop waits for it up to {patience} (outage) and is then parked"
            ),
        };

    /// <summary>A refusal of task, workspace or model, as a run would meet it.</summary>
    public static IEnumerable<CheckFinding> Refused(string code, IReadOnlyList<InputFault> faults) =>
        faults.Select(fault => new CheckFinding(
            NameOf(code),
            CheckHealth.Bad,
            fault.Path.Length == 0 ? fault.Message : $"{fault.Path}: {fault.Message}"
        )
        {
            ExitCode = ExitCodes.BadInput,
            Code = code,
            Path = fault.Path,
        });

    public static CheckFinding Priced(decimal ceiling) =>
        new(
            "price",
            CheckHealth.Good,
            string.Create(CultureInfo.InvariantCulture, $"every model has a price, so that budget.cost {ceiling} can be held")
        );

    public static IEnumerable<CheckFinding> Workspace(WorkspaceFacts facts)
    {
        yield return new CheckFinding(
            "workspace",
            CheckHealth.Good,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{facts.Files} {(facts.Files == 1 ? "file" : "files")}, commit {facts.Commit[..Math.Min(12, facts.Commit.Length)]}"
            )
        );
        if (facts.Repository is { } path)
        {
            yield return new CheckFinding("branch", CheckHealth.Good, "no branch stands in the way of loopcluster/ID");
            if (facts.Changed.Count + facts.Untracked.Count > 0)
            {
                yield return new CheckFinding(
                    "uncommitted",
                    CheckHealth.Weak,
                    $"not committed, and so not in the loop's files: {Join((facts.Changed, "changed"), (facts.Untracked, "new"))}",
                    $"commit what the loop shall see: git -C '{path}' add -A && git -C '{path}' commit"
                );
            }

            if (facts.NotCompared is { } why)
            {
                yield return new CheckFinding(
                    "uncommitted",
                    CheckHealth.Weak,
                    $"whether all files are committed could not be told: {why}",
                    $"see for yourself: git -C '{path}' status"
                );
            }

            if (facts.IsShallow || facts.IsPartial)
            {
                yield return new CheckFinding(
                    "clone",
                    CheckHealth.Good,
                    $"a {(facts.IsPartial ? "partial" : "shallow")} clone, which has all files of the base"
                );
            }
        }

        if (facts.Submodules.Count > 0)
        {
            yield return new CheckFinding(
                "submodules",
                CheckHealth.Weak,
                $"submodules are empty directories in the loop's files: {Names(facts.Submodules)}",
                "let 'prepare' fetch what gates or model need of them (prepare: { run: ..., allow: [host:443] }), or commit the files"
            );
        }

        if (facts.LfsPointers.Count > 0)
        {
            yield return new CheckFinding(
                "lfs",
                CheckHealth.Weak,
                $"files kept with Git LFS are pointers of three lines in the loop's files: {Names(facts.LfsPointers)}",
                "let 'prepare' fetch what gates or model need of them (prepare: { run: ..., allow: [host:443] }), or commit the files themselves"
            );
        }
    }

    /// <summary>What prepare and the gates did on the base.</summary>
    /// <param name="canaries">By gate the runner that a canary would be made for, by the base's files; null for none.</param>
    public static CheckFinding Gates(LoopState end, IReadOnlyDictionary<string, string?>? canaries = null)
    {
        var unfit = end.IsTerminal || end.Status == LoopStatus.Parked;
        if (unfit && !end.IsImported)
        {
            // Nobody waits here until the address answers: what cannot be had now is told as what cannot be had.
            var path = end.Spec.Workspace.Git is null ? "workspace" : "workspace.git";
            return Refused("workspace-unreadable", [new InputFault(path, end.StopReason ?? "stopped")]).Single();
        }

        if (!unfit && end.Spec.Gates.OfType<CommandGate>().FirstOrDefault(g => MustHaveOne(g, canaries)) is { } bare)
        {
            return new CheckFinding(
                "gates",
                CheckHealth.Bad,
                $"gate '{bare.Name}' must have a canary (strength.canary), and none is known for its command",
                "give 'canary: { path: text }' with a check that fails"
            )
            {
                ExitCode = ExitCodes.GateUnavailable,
            };
        }

        var name = end.PrepareFailure is null && end.Prepared is not null ? "gates" : "prepare";
        return unfit
            ? new CheckFinding(name, CheckHealth.Bad, end.StopReason ?? "stopped") { ExitCode = ExitCodes.For(end.Status) }
            : new CheckFinding(
                "gates",
                CheckHealth.Good,
                end.Spec.Gates.Count == 0
                    ? "there are none: a person decides"
                    : $"every gate does on the base what it should{CanaryWords(canaries)}"
            );
    }

    private static bool MustHaveOne(CommandGate gate, IReadOnlyDictionary<string, string?>? canaries) =>
        gate.Strength?.Canary == true && canaries is not null && canaries.TryGetValue(gate.Name, out var kind) && kind is null;

    private static string CanaryWords(IReadOnlyDictionary<string, string?>? canaries) =>
        canaries is { Count: > 0 }
            ? $"; canaries: {string.Join(", ", canaries.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value ?? "none"}"))}"
            : "";

    /// <summary>The finding a run would end on: the first that is bad.</summary>
    public static CheckFinding? Verdict(IReadOnlyList<CheckFinding> findings) => findings.FirstOrDefault(f => f.Health == CheckHealth.Bad);

    private static CheckFinding Bad(string detail, string todo) =>
        new("endpoint", CheckHealth.Bad, detail, todo) { ExitCode = ExitCodes.Unavailable };

    private static string NameOf(string code) =>
        code switch
        {
            "branch-in-the-way" => "branch",
            "price-missing" => "price",
            "unknown-model" or "models-invalid" or "script-invalid" or "script-unreadable" => "model",
            "sandbox-limit" => "sandbox",
            "policy-invalid" or "policy-unreadable" => "policy",
            _ => "workspace",
        };

    private static string Join(params (IReadOnlyList<string> Paths, string Word)[] groups) =>
        string.Join("; ", groups.Where(g => g.Paths.Count > 0).Select(g => $"{g.Word} {Names(g.Paths)}"));

    private static string Names(IReadOnlyList<string> paths) =>
        string.Join(", ", paths.Take(MostNamed))
        + (paths.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {paths.Count - MostNamed} more") : "");
}
