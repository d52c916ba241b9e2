using Microsoft.Extensions.Options;

namespace LoopCluster.Ledgers.File;

internal sealed class FileLedgerOptionsValidator : IValidateOptions<FileLedgerOptions>
{
    private const long Smallest = 4 << 10;
    private const long Largest = 16L << 30;

    public ValidateOptionsResult Validate(string? name, FileLedgerOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Directory))
        {
            faults.Add($"{FileLedgerOptions.Section}:Directory is empty; name the data directory.");
        }

        if (options.SegmentBytes is < Smallest or > Largest)
        {
            faults.Add(
                $"{FileLedgerOptions.Section}:SegmentBytes is {options.SegmentBytes}; it must be from {Smallest} (4 KiB) to {Largest} (16 GiB)."
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
