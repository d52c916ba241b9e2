using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Silos;

internal sealed class SiloLimitsValidator : IValidateOptions<SiloLimits>
{
    public ValidateOptionsResult Validate(string? name, SiloLimits options)
    {
        var faults = new List<string>();
        if (options.DrainSeconds is < 1 or > 3600)
        {
            faults.Add($"{SiloLimits.Section}:{nameof(options.DrainSeconds)}: {options.DrainSeconds} is not 1 to 3600");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
