namespace LoopCluster.Ledgers.Redis.Tests;

public sealed class RedisLedgerOptionsTests
{
    [Fact]
    public void Validate_DefaultsWithAPassword_Succeeds() =>
        new RedisLedgerOptionsValidator()
            .Validate(null, new RedisLedgerOptions { Configuration = "127.0.0.1:6379,password=s3cret" })
            .Succeeded.ShouldBeTrue();

    [Theory]
    [InlineData("127.0.0.1:6379")]
    [InlineData("127.0.0.1:6379,user=loops")]
    [InlineData("127.0.0.1:6379,password=")]
    [InlineData("!/run/redis.sock")]
    public void Validate_NoPassword_IsRefusedUnlessWritten(string configuration)
    {
        var validator = new RedisLedgerOptionsValidator();

        validator
            .Validate(null, new RedisLedgerOptions { Configuration = configuration })
            .Failures.ShouldHaveSingleItem()
            .ShouldStartWith("LoopCluster:Redis:Configuration names no password.");
        validator.Validate(null, new RedisLedgerOptions { Configuration = configuration, AllowNoPassword = true }).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public void Validate_EveryFault_IsToldAtOnceWithItsKey()
    {
        var result = new RedisLedgerOptionsValidator().Validate(
            null,
            new RedisLedgerOptions
            {
                Configuration = "",
                Prefix = "a{b}",
                Deployment = "x y",
                PageSize = 0,
                MaxBlobBytes = 1,
                RetryFor = TimeSpan.FromSeconds(-1),
                WaitReplicas = -1,
                WaitTimeout = TimeSpan.Zero,
            }
        );

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
        var result = new RedisLedgerOptionsValidator().Validate(
            null,
            new RedisLedgerOptions { Configuration = "localhost,password=s3cret,colour=blue" }
        );

        result.FailureMessage!.ShouldContain("colour");
        result.FailureMessage!.ShouldNotContain("s3cret");
    }
}
