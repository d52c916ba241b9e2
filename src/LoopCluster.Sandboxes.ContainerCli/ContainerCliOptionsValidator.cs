using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.ContainerCli;

internal sealed partial class ContainerCliOptionsValidator : IValidateOptions<ContainerCliOptions>
{
    public ValidateOptionsResult Validate(string? name, ContainerCliOptions options)
    {
        var faults = new List<string>();
        Check(options.StateDirectory.Length > 0, nameof(options.StateDirectory), "must name a directory");
        Check(options.Cli is null || options.Cli.Trim().Length > 0, nameof(options.Cli), "must not be blank; leave it out to have one found");
        Check(options.User is null || UserPattern().IsMatch(options.User), nameof(options.User), "must be uid:gid in numbers");
        Check(options.Lease >= TimeSpan.FromSeconds(2) && options.Lease <= TimeSpan.FromMinutes(1), nameof(options.Lease), "must be 2 s to 60 s");
        Check(options.PreparedFor >= TimeSpan.FromSeconds(1) && options.PreparedFor <= TimeSpan.FromDays(1), nameof(options.PreparedFor), "must be 1 s to 1 day");
        Check(options.ReapEvery >= TimeSpan.FromSeconds(1) && options.ReapEvery <= TimeSpan.FromDays(1), nameof(options.ReapEvery), "must be 1 s to 1 day");
        Check(options.TempBytes >= 1 << 20, nameof(options.TempBytes), "must be at least 1 MiB");
        Check(options.FileBytes >= 1 << 20, nameof(options.FileBytes), "must be at least 1 MiB");
        Check(options.OpenFiles is >= 64 and <= 1_048_576, nameof(options.OpenFiles), "must be 64 to 1048576");
        Check(ContainerEngine.IsImageName(options.BuilderImage), nameof(options.BuilderImage), "must name an image");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(bool good, string key, string message)
        {
            if (!good)
            {
                faults.Add($"{ContainerCliOptions.Section}:{key} {message}.");
            }
        }
    }

    [GeneratedRegex("^[0-9]{1,10}:[0-9]{1,10}$")]
    private static partial Regex UserPattern();
}
