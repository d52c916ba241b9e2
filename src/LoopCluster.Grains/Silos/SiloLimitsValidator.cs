using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Silos;

internal sealed class SiloLimitsValidator : IValidateOptions<SiloLimits>
{
    public ValidateOptionsResult Validate(string? name, SiloLimits options) => options.SandboxSlots >= 0
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"{SiloLimits.Section}:{nameof(options.SandboxSlots)}: {options.SandboxSlots} is below 0; 0 means no limit");
}
