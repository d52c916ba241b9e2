using Microsoft.Extensions.Options;

namespace LoopCluster.Workspaces;

internal sealed class WorkspaceOptionsValidator : IValidateOptions<WorkspaceOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkspaceOptions options)
    {
        var faults = new List<string>();
        Require(Path.IsPathFullyQualified(options.Directory), nameof(options.Directory), "must be an absolute path");
        Require(options.MaxFiles > 0, nameof(options.MaxFiles), "must be positive");
        Require(options.MaxFileBytes > 0, nameof(options.MaxFileBytes), "must be positive");
        Require(options.MaxCommitBytes >= options.MaxFileBytes, nameof(options.MaxCommitBytes), "must be at least MaxFileBytes");
        Require(options.MaxDiffBytes > 0, nameof(options.MaxDiffBytes), "must be positive");
        Require(options.MaxGitProcesses > 0, nameof(options.MaxGitProcesses), "must be positive");
        Require(options.GitTimeout > TimeSpan.Zero, nameof(options.GitTimeout), "must be positive");
        Require(options.FetchTimeout > TimeSpan.Zero, nameof(options.FetchTimeout), "must be positive");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Require(bool condition, string key, string message)
        {
            if (!condition)
            {
                faults.Add($"LoopCluster:Workspaces:{key} {message}.");
            }
        }
    }
}
