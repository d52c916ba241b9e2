using System.Text.RegularExpressions;
using LoopCluster.Engine.Errors;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Settings that cannot be used, told as bad input: every fault with its key.</summary>
public static partial class ConfigurationFaults
{
    /// <summary>Null for an error that speaks of something else.</summary>
    public static BadInputException? Of(Exception error) =>
        Read(error) is { Count: > 0 } faults ? new BadInputException("bad-configuration", faults) : null;

    private static List<InputFault> Read(Exception error) =>
        error switch
        {
            OptionsValidationException invalid => [.. invalid.Failures.Select(Fault)],
            // A host's start tells of the options of several classes at once.
            AggregateException all => [.. all.InnerExceptions.SelectMany(Read)],
            InvalidOperationException when Unconvertible().Match(error.Message) is { Success: true } match =>
            [
                new InputFault(
                    match.Groups[2].Value,
                    $"is '{match.Groups[1].Value}', which is no {match.Groups[3].Value.ToLowerInvariant()}"
                ),
            ],
            _ => [],
        };

    /// <summary>Validators begin with the key.</summary>
    private static InputFault Fault(string text) =>
        Keyed().Match(text) is { Success: true } match
            ? new InputFault(match.Groups[1].Value, match.Groups[2].Value)
            : new InputFault("", text);

    [GeneratedRegex(@"^(\w+(?::\w+)+):? (.*)$", RegexOptions.Singleline)]
    private static partial Regex Keyed();

    /// <summary>What the configuration binder says of a value.</summary>
    [GeneratedRegex(@"^Failed to convert configuration value '(.*)' at '([\w:]+)' to type '(?:System\.)?(\w+)'")]
    private static partial Regex Unconvertible();
}
