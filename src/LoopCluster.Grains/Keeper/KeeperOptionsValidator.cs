using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Keeper;

internal sealed class KeeperOptionsValidator : IValidateOptions<KeeperOptions>
{
    public ValidateOptionsResult Validate(string? name, KeeperOptions options)
    {
        var faults = new List<string>();
        void Positive(TimeSpan value, string key)
        {
            if (value <= TimeSpan.Zero)
            {
                faults.Add($"{KeeperOptions.Section}:{key}: {value} is no time to wait; give more than 0");
            }
        }

        Positive(options.Period, nameof(options.Period));
        Positive(options.Patience, nameof(options.Patience));
        Positive(options.NewLoopAge, nameof(options.NewLoopAge));
        Positive(options.ParkedPeriod, nameof(options.ParkedPeriod));
        if (options.Parallelism is < 1 or > 1000)
        {
            faults.Add($"{KeeperOptions.Section}:{nameof(options.Parallelism)}: {options.Parallelism} is not between 1 and 1000");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
