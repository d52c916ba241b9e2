using Microsoft.Extensions.Options;

namespace LoopCluster.Api;

internal sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    private const int LeastBody = 4 * 1024;
    private const int MostBody = 64 * 1024 * 1024;

    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        var faults = new List<string>();
        if (options.MaxRequestBytes is < LeastBody or > MostBody)
        {
            faults.Add(
                $"{ApiOptions.Section}:MaxRequestBytes is {options.MaxRequestBytes}; it must be from {LeastBody} (4 KiB) to {MostBody} (64 MiB)."
            );
        }

        if (options.MaxStreamsPerTenant is < 1 or > 100_000)
        {
            faults.Add($"{ApiOptions.Section}:MaxStreamsPerTenant is {options.MaxStreamsPerTenant}; it must be from 1 to 100000.");
        }

        if (options.Heartbeat < TimeSpan.FromMilliseconds(10) || options.Heartbeat > TimeSpan.FromMinutes(5))
        {
            faults.Add($"{ApiOptions.Section}:Heartbeat is {options.Heartbeat}; it must be from 10 ms to 5 minutes.");
        }

        if (options.ReadinessTimeout < TimeSpan.FromMilliseconds(10) || options.ReadinessTimeout > TimeSpan.FromMinutes(1))
        {
            faults.Add($"{ApiOptions.Section}:ReadinessTimeout is {options.ReadinessTimeout}; it must be from 10 ms to a minute.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
