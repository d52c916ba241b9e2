using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Admission;

internal sealed class ProcessLimitsValidator : IValidateOptions<ProcessLimits>
{
    public ValidateOptionsResult Validate(string? name, ProcessLimits options) =>
        options.SandboxSlots >= 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{ProcessLimits.Section}:{nameof(options.SandboxSlots)}: {options.SandboxSlots} is below 0; 0 means no limit"
            );
}
