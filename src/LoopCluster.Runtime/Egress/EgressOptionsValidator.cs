using LoopCluster.Engine.Network;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Egress;

internal sealed class EgressOptionsValidator : IValidateOptions<EgressOptions>
{
    public ValidateOptionsResult Validate(string? name, EgressOptions options)
    {
        var faults = options
            .AllowedPrivateHosts.Select((entry, index) => (entry, index, fault: PrivateHosts.Check(entry)))
            .Where(e => e.fault is not null)
            .Select(e => $"{EgressOptions.Section}:{nameof(options.AllowedPrivateHosts)}:{e.index} '{e.entry}' {e.fault}.")
            .ToArray();
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
