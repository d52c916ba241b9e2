using LoopCluster.Engine.Context;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Skills;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Brings the base into the loop's repository and reads what it says of the loop: its rules, its policy, its skills, what the gates rest
/// on.
/// </summary>
/// <param name="skills">Null: loops have none here.</param>
internal sealed class BaseImporter(IWorkspaces workspaces, SkillLibraries? skills)
{
    private const string PolicyPath = ".agent/policy.yaml";
    private const int MostPolicy = 64 * 1024;

    /// <summary><see cref="BaseImported"/>, or <see cref="ImportFailed"/> with all that is wrong with what was asked for.</summary>
    public async ValueTask<LoopEvent> ImportAsync(LoopState state, CancellationToken cancellationToken)
    {
        try
        {
            var start = await workspaces.ImportAsync(state.Id, state.Spec.Workspace, cancellationToken).ConfigureAwait(false);
            var policy = await workspaces
                .ReadFileAsync(state.Id, start.Tree, PolicyPath, MostPolicy, cancellationToken)
                .ConfigureAwait(false);
            var files = await workspaces.ListFilesAsync(state.Id, start.Tree, cancellationToken).ConfigureAwait(false);
            var rules = await workspaces
                .ReadFileAsync(state.Id, start.Tree, RulesText.Own, RulesText.MostBytes, cancellationToken)
                .ConfigureAwait(false);
            return new BaseImported
            {
                Base = start,
                Rules = rules,
                RuleFiles = await RuleFilesAsync(state.Id, start.Tree, files, rules is not null, cancellationToken).ConfigureAwait(false),
                Skills = skills is null
                    ? null
                    : await new SkillFinder(workspaces, skills)
                        .FindAsync(state.Id, state.Spec, start.Tree, files, cancellationToken)
                        .ConfigureAwait(false),
                WorkspacePolicy = policy is null ? null : SpecFile.ParsePolicy(policy, PolicyPath),
                Protection = await new ProtectionReader(workspaces)
                    .ReadAsync(state.Id, start.Tree, files, state.Spec, cancellationToken)
                    .ConfigureAwait(false),
                Strength = StrengthRules.Version,
            };
        }
        catch (BadInputException refusal)
        {
            return new ImportFailed(refusal.Code, refusal.Faults);
        }
    }

    /// <summary>All of them, named, when there is one beside our own; else null.</summary>
    private async ValueTask<IReadOnlyList<RulesFile>?> RuleFilesAsync(
        LoopId loop,
        string tree,
        IReadOnlyList<string> files,
        bool hasOwn,
        CancellationToken cancellationToken
    )
    {
        var common = RulesText.CommonAmong(files);
        if (common.Count == 0)
        {
            return null;
        }

        var texts = await workspaces.ReadFilesAsync(loop, tree, common, RulesText.MostBytes, cancellationToken).ConfigureAwait(false);
        var rules = new List<RulesFile>();
        if (hasOwn)
        {
            rules.Add(new RulesFile(RulesText.Own));
        }

        // All of them stand in one entry of the ledger.
        var left = RulesText.MostInAll;
        foreach (var path in common)
        {
            if (!texts.TryGetValue(path, out var text))
            {
                rules.Add(new RulesFile(path, Skipped: $"no regular file of at most {RulesText.MostBytes / 1024} KiB"));
            }
            else if (text.Length > left)
            {
                rules.Add(new RulesFile(path, Skipped: $"the rules files before it have {RulesText.MostInAll / 1024} KiB"));
            }
            else
            {
                left -= text.Length;
                rules.Add(new RulesFile(path, text));
            }
        }

        return rules;
    }
}
