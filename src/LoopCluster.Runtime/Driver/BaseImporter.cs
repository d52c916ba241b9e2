using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Brings the base into the loop's repository and reads what it says of the loop: its rules, its policy, what the gates rest on.
/// </summary>
internal sealed class BaseImporter(IWorkspaces workspaces)
{
    private const string RulesPath = ".agent/RULES.md";
    private const string PolicyPath = ".agent/policy.yaml";
    private const int MostRules = 64 * 1024;

    /// <summary><see cref="BaseImported"/>, or <see cref="ImportFailed"/> with all that is wrong with what was asked for.</summary>
    public async ValueTask<LoopEvent> ImportAsync(LoopState state, CancellationToken cancellationToken)
    {
        try
        {
            var start = await workspaces.ImportAsync(state.Id, state.Spec.Workspace, cancellationToken).ConfigureAwait(false);
            var policy = await workspaces
                .ReadFileAsync(state.Id, start.Tree, PolicyPath, MostRules, cancellationToken)
                .ConfigureAwait(false);
            return new BaseImported
            {
                Base = start,
                Rules = await workspaces.ReadFileAsync(state.Id, start.Tree, RulesPath, MostRules, cancellationToken).ConfigureAwait(false),
                WorkspacePolicy = policy is null ? null : SpecFile.ParsePolicy(policy, PolicyPath),
                Protection = await new ProtectionReader(workspaces)
                    .ReadAsync(state.Id, start.Tree, state.Spec, cancellationToken)
                    .ConfigureAwait(false),
                Strength = StrengthRules.Version,
            };
        }
        catch (BadInputException refusal)
        {
            return new ImportFailed(refusal.Code, refusal.Faults);
        }
    }
}
