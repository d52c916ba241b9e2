using Microsoft.Extensions.Options;

namespace LoopCluster.Models.OpenAI;

internal sealed class OpenAIModelsOptionsValidator : IValidateOptions<OpenAIModelsOptions>
{
    public ValidateOptionsResult Validate(string? name, OpenAIModelsOptions options)
    {
        var faults = new List<string>();
        CheckTime(faults, nameof(options.Timeout), options.Timeout, TimeSpan.FromHours(24));
        CheckTime(faults, nameof(options.ConnectTimeout), options.ConnectTimeout, TimeSpan.FromHours(1));
        CheckTime(faults, nameof(options.IdleConnectionTimeout), options.IdleConnectionTimeout, TimeSpan.FromHours(24));
        CheckTime(faults, nameof(options.LoadPeriod), options.LoadPeriod, TimeSpan.FromHours(1));
        CheckTime(faults, nameof(options.LoadTimeout), options.LoadTimeout, TimeSpan.FromMinutes(1));
        CheckNumber(faults, nameof(options.MaxConnectionsPerHost), options.MaxConnectionsPerHost, 1, 100_000);
        CheckNumber(faults, nameof(options.MaxReplyBytes), options.MaxReplyBytes, 1024, 1024 * 1024 * 1024);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckTime(List<string> faults, string key, TimeSpan value, TimeSpan most)
    {
        if (value <= TimeSpan.Zero || value > most)
        {
            faults.Add($"{OpenAIModelsOptions.Section}:{key} is {value}; it must be above zero and at most {most}.");
        }
    }

    private static void CheckNumber(List<string> faults, string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            faults.Add($"{OpenAIModelsOptions.Section}:{key} is {value}; it must be from {least} to {most}.");
        }
    }
}
