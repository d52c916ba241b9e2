using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Hosting;

internal sealed class ParkedLoopsOptionsValidator : IValidateOptions<ParkedLoopsOptions>
{
    public ValidateOptionsResult Validate(string? name, ParkedLoopsOptions options)
    {
        var faults = new List<string>();
        Positive(options.Period, nameof(options.Period));
        Positive(options.Look, nameof(options.Look));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Positive(TimeSpan time, string key)
        {
            if (time <= TimeSpan.Zero || time > TimeSpan.FromDays(30))
            {
                faults.Add($"{ParkedLoopsOptions.Section}:{key} is {time}; it must be more than zero and at most 30 days.");
            }
        }
    }
}
