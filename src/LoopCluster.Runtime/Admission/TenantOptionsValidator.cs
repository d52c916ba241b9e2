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

        faults.AddRange(options.Ceiling.Faults($"{TenantOptions.Section}:Ceiling"));
        faults.AddRange(options.Ceilings.SelectMany(c => c.Value.Faults($"{TenantOptions.Section}:Ceilings:{c.Key}")));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
