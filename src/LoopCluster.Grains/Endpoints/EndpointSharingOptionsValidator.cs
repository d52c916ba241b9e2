using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Endpoints;

internal sealed class EndpointSharingOptionsValidator : IValidateOptions<EndpointSharingOptions>
{
    public ValidateOptionsResult Validate(string? name, EndpointSharingOptions options)
    {
        var faults = new List<string>();
        foreach (
            var (key, value) in new[]
            {
                (nameof(options.Lease), options.Lease),
                (nameof(options.Period), options.Period),
                (nameof(options.WaitingPeriod), options.WaitingPeriod),
                (nameof(options.IdleAfter), options.IdleAfter),
            }
        )
        {
            if (value <= TimeSpan.Zero)
            {
                faults.Add($"{EndpointSharingOptions.Section}:{key}: {value} is no time to wait; give more than 0");
            }
        }

        if (options.Lease < options.Period * 2)
        {
            faults.Add(
                $"{EndpointSharingOptions.Section}:{nameof(options.Lease)}: {options.Lease} leaves no room for a renewal that fails; give at least twice {nameof(options.Period)} ({options.Period})"
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
