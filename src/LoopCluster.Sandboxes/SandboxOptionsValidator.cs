using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes;

/// <summary>Checks what every driver is told; a driver's own validator adds its settings.</summary>
internal abstract partial class SandboxOptionsValidator<T> : IValidateOptions<T>
    where T : SandboxOptions
{
    /// <summary>Notes a fault of one key unless <paramref name="good"/>.</summary>
    protected delegate void Check(bool good, string key, string message);

    public ValidateOptionsResult Validate(string? name, T options)
    {
        var faults = new List<string>();
        Note(options.StateDirectory.Length > 0, nameof(options.StateDirectory), "must name a directory");
        Note(options.Driver is "auto" or "cli" or "docker", nameof(options.Driver), "must be auto, cli or docker");
        ValidateOwn(options, Note);
        Note(options.User is null || UserPattern().IsMatch(options.User), nameof(options.User), "must be uid:gid in numbers");
        Note(
            options.Lease >= TimeSpan.FromSeconds(2) && options.Lease <= TimeSpan.FromMinutes(1),
            nameof(options.Lease),
            "must be 2 s to 60 s"
        );
        Note(
            options.PreparedFor >= TimeSpan.FromSeconds(1) && options.PreparedFor <= TimeSpan.FromDays(1),
            nameof(options.PreparedFor),
            "must be 1 s to 1 day"
        );
        Note(
            options.ReapEvery >= TimeSpan.FromSeconds(1) && options.ReapEvery <= TimeSpan.FromDays(1),
            nameof(options.ReapEvery),
            "must be 1 s to 1 day"
        );
        Note(options.TempBytes >= 1 << 20, nameof(options.TempBytes), "must be at least 1 MiB");
        Note(options.FileBytes >= 1 << 20, nameof(options.FileBytes), "must be at least 1 MiB");
        Note(options.OpenFiles is >= 64 and <= 1_048_576, nameof(options.OpenFiles), "must be 64 to 1048576");
        Note(options.MostMemory >= 16 << 20, nameof(options.MostMemory), "must be at least 16 MiB");
        Note(options.MostCpus is >= 0.05 and <= 1024, nameof(options.MostCpus), "must be 0.05 to 1024");
        Note(options.MostPids is >= 8 and <= 65_536, nameof(options.MostPids), "must be 8 to 65536");
        Note(
            options.MostTimeout >= TimeSpan.FromSeconds(1) && options.MostTimeout <= TimeSpan.FromHours(6),
            nameof(options.MostTimeout),
            "must be 1 s to 6 h"
        );
        Note(ImageName.IsValid(options.BuilderImage), nameof(options.BuilderImage), "must name an image");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Note(bool good, string key, string message)
        {
            if (!good)
            {
                faults.Add($"{SandboxOptions.Section}:{key} {message}.");
            }
        }
    }

    protected abstract void ValidateOwn(T options, Check check);

    [GeneratedRegex("^[0-9]{1,10}:[0-9]{1,10}$")]
    private static partial Regex UserPattern();
}
