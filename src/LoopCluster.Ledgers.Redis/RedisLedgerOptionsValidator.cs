using System.Buffers;
using LoopCluster.Engine.Ledger;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

internal sealed class RedisLedgerOptionsValidator : IValidateOptions<RedisLedgerOptions>
{
    private const long LargestBlob = 4L << 30;

    private static readonly SearchValues<char> PrefixCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"
    );

    public ValidateOptionsResult Validate(string? name, RedisLedgerOptions options)
    {
        var faults = new List<string>();
        void Require(bool holds, string key, string fault)
        {
            if (!holds)
            {
                faults.Add($"{RedisLedgerOptions.Section}:{key} {fault}");
            }
        }

        Require(
            ConfigurationFault(options.Configuration) is null,
            nameof(options.Configuration),
            $"cannot be used: {ConfigurationFault(options.Configuration)}"
        );
        Require(
            options.AllowNoPassword || ConfigurationFault(options.Configuration) is not null || HasPassword(options.Configuration),
            nameof(options.Configuration),
            $"names no password. Set requirepass (or an ACL user) in Redis and add ',password=...', best in the environment as LoopCluster__Redis__Configuration; or write {RedisLedgerOptions.Section}:{nameof(options.AllowNoPassword)}=true if nobody else can reach it."
        );
        Require(
            IsPrefix(options.Prefix),
            nameof(options.Prefix),
            $"is '{options.Prefix}'; it must be 1 to 64 characters of A-Z a-z 0-9 - _ . :"
        );
        Require(
            options.Deployment is { Length: <= 64 } && !options.Deployment.AsSpan().ContainsAnyExcept(PrefixCharacters),
            nameof(options.Deployment),
            "must be up to 64 characters of A-Z a-z 0-9 - _ . :"
        );
        Require(options.PageSize is >= 1 and <= 10_000, nameof(options.PageSize), $"is {options.PageSize}; it must be from 1 to 10000.");
        Require(
            options.MaxBlobBytes is >= LedgerLineReader.MaxLineBytes and <= LargestBlob,
            nameof(options.MaxBlobBytes),
            $"is {options.MaxBlobBytes}; it must be from {LedgerLineReader.MaxLineBytes} (8 MiB) to {LargestBlob} (4 GiB)."
        );
        Require(
            options.RetryFor >= TimeSpan.Zero && options.RetryFor <= TimeSpan.FromMinutes(10),
            nameof(options.RetryFor),
            $"is {options.RetryFor}; it must be from 0 to 10 minutes."
        );
        Require(
            options.MaxClockDifference >= TimeSpan.FromSeconds(1) && options.MaxClockDifference <= TimeSpan.FromDays(1),
            nameof(options.MaxClockDifference),
            $"is {options.MaxClockDifference}; it must be from 1 s to a day."
        );
        Require(
            options.WaitReplicas is >= 0 and <= 16,
            nameof(options.WaitReplicas),
            $"is {options.WaitReplicas}; it must be from 0 to 16."
        );
        Require(
            options.WaitTimeout >= TimeSpan.FromMilliseconds(10) && options.WaitTimeout <= TimeSpan.FromSeconds(30),
            nameof(options.WaitTimeout),
            $"is {options.WaitTimeout}; it must be from 10 ms to 30 s."
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static bool IsPrefix(string text) => text is { Length: > 0 and <= 64 } && !text.AsSpan().ContainsAnyExcept(PrefixCharacters);

    private static bool HasPassword(string text) => !string.IsNullOrWhiteSpace(ConfigurationOptions.Parse(text).Password);

    private static string? ConfigurationFault(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text).EndPoints.Count == 0 ? "it names no server." : null;
        }
        catch (ArgumentException e)
        {
            // The text holds a password: only what StackExchange.Redis says of it may be shown, never the text.
            return e.Message;
        }
    }
}
