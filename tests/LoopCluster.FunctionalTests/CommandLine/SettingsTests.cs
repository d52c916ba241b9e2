using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>Settings that cannot be used keep a process from starting, and each is named by its key.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Start_SettingsOfSeveralParts_AreAllToldAndNothingIsLocked()
    {
        var result = await RunAsync("up", ("LoopCluster__Api__MaxRequestBytes", "1"), ("LoopCluster__Parked__Period", "-00:00:01"));

        result.ExitCode.ShouldBe(2, result.ToString());
        var error = result.Json.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe("bad-configuration");
        error
            .GetProperty("faults")
            .EnumerateArray()
            .Select(f => f.GetProperty("path").GetString())
            .ShouldBe(["LoopCluster:Api:MaxRequestBytes", "LoopCluster:Parked:Period"], ignoreOrder: true);
        File.Exists(_files.At("data/host.sock")).ShouldBeFalse();
    }

    [Fact]
    public async Task Start_SettingOfAnotherKind_IsToldWithItsKey()
    {
        var result = await RunAsync("up", ("LoopCluster__Api__MaxRequestBytes", "many"));

        result.ExitCode.ShouldBe(2, result.ToString());
        var error = result.Json.GetProperty("error");
        (error.GetProperty("code").GetString(), error.GetProperty("path").GetString()).ShouldBe(
            ("bad-configuration", "LoopCluster:Api:MaxRequestBytes")
        );
        error.GetProperty("message").GetString()!.ShouldContain("'many'");
    }

    [Fact]
    public async Task Read_SettingsUnusable_ReadsAllTheSame()
    {
        var result = await RunAsync("ls", ("LoopCluster__Api__MaxRequestBytes", "1"));

        result.ExitCode.ShouldBe(0, result.ToString());
    }

    private async Task<LoopResult> RunAsync(string command, params (string, string)[] environment)
    {
        string[] port = command == "up" ? ["--port", "0"] : [];
        using var process = LoopProcess.StartAsIs(environment, [command, "--data", _files.At("data"), .. port, "--json"]);
        return await process.EndAsync();
    }
}
