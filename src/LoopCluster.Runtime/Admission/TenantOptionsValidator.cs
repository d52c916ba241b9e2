using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Admission;

internal sealed class TenantOptionsValidator : IValidateOptions<TenantOptions>
{
    public ValidateOptionsResult Validate(string? name, TenantOptions options)
    {
        var faults = options
            .Limits.Where(l => l.Value < 0)
            .Select(l => $"{TenantOptions.Section}:Limits:{l.Key}: {l.Value} is below 0; 0 means no limit")
            .ToList();
        if (options.MaxRunning < 0)
        {
            faults.Insert(0, $"{TenantOptions.Section}:MaxRunning: {options.MaxRunning} is below 0; 0 means no limit");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
