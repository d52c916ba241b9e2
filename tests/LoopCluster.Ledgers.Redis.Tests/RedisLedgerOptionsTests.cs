namespace LoopCluster.Ledgers.Redis.Tests;

public sealed class RedisLedgerOptionsTests
{
    [Fact]
    public void Validate_Defaults_Succeeds() =>
        new RedisLedgerOptionsValidator().Validate(null, new RedisLedgerOptions()).Succeeded.ShouldBeTrue();

    [Fact]
    public void Validate_EveryFault_IsToldAtOnceWithItsKey()
    {
        var result = new RedisLedgerOptionsValidator().Validate(null, new RedisLedgerOptions
        {
            Configuration = "",
            Prefix = "a{b}",
            Deployment = "x y",
            PageSize = 0,
            MaxBlobBytes = 1,
            RetryFor = TimeSpan.FromSeconds(-1),
            WaitReplicas = -1,
            WaitTimeout = TimeSpan.Zero,
        });

        string[] keys = ["Configuration", "Prefix", "Deployment", "PageSize", "MaxBlobBytes", "RetryFor", "WaitReplicas", "WaitTimeout"];
        result.Failures!.Count().ShouldBe(keys.Length);
        foreach (var key in keys)
        {
            result.Failures!.ShouldContain(f => f.StartsWith($"LoopCluster:Redis:{key} ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Validate_ConfigurationWithAnUnknownSetting_DoesNotShowThePassword()
    {
        var result = new RedisLedgerOptionsValidator().Validate(null, new RedisLedgerOptions { Configuration = "localhost,password=s3cret,colour=blue" });

        result.FailureMessage!.ShouldContain("colour");
        result.FailureMessage!.ShouldNotContain("s3cret");
    }
}
