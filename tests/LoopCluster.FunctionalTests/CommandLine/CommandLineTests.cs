using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>The command line without containers: exit codes, JSON, bad input.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TestFiles _files = new();

    private string Data => _files.At("data");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Run_FaultySpec_ReportsEveryFaultWithItsPathAndExits2()
    {
        var spec = _files.Write("loop.yaml", "goal: x\nworkspace: { path: . }\nmodell: y\ngates: [ { name: a } ]\n");

        var result = await LoopProcess.RunAsync(Data, "run", spec, "--json");

        result.ExitCode.ShouldBe(2, result.ToString());
        var error = result.Json.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe("spec-invalid");
        error
            .GetProperty("faults")
            .EnumerateArray()
            .Select(f => f.GetProperty("path").GetString())
            .ShouldBe(["model", "modell", "gates[0].run"], ignoreOrder: true);
    }

    [Fact]
    public async Task Run_SpecAsksMoreOfTheSandboxThanAllowed_Exits2WithKeyAskedAndCap()
    {
        var spec = _files.Write(
            "loop.yaml",
            "goal: x\nworkspace: { files: { a: b } }\nmodel: { script: { replies: [] } }\nsandbox: { memory: 1024g }\ngates: [ { name: a, run: 'false' } ]\n"
        );

        var result = await LoopProcess.RunAsync(Data, "run", spec, "--check", "--json");

        result.ExitCode.ShouldBe(2, result.ToString());
        var error = result.Json.GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe("sandbox-limit");
        error.GetProperty("path").GetString().ShouldBe("sandbox.memory");
        error.GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("asks for 1048576m, this server allows at most 16384m");
    }

    [Fact]
    public async Task Check_SeveralThingsThatARunWouldEndOn_AreAllTold()
    {
        var repository = _files.Repository("repo", ("a", "b"));
        TestFiles.Git(repository, "branch", "loopcluster");
        var spec = _files.Write(
            "loop.yaml",
            $"goal: x\nworkspace: {{ path: {repository} }}\nmodel: {{ url: http://127.0.0.1:1/v1, model: m, keyEnv: LOOPCLUSTER_TEST_NO_SUCH_KEY }}\nbudget: {{ cost: 1 }}\ngates: [ {{ name: a, run: 'false' }} ]\n"
        );

        var result = await LoopProcess.RunAsync(Data, "run", spec, "--check", "--offline", "--json");

        result.ExitCode.ShouldBe(7, result.ToString());
        result.Json.GetProperty("ok").GetBoolean().ShouldBeFalse();
        result.Json.GetProperty("status").GetString().ShouldBe("unavailable");
        result
            .Json.GetProperty("checks")
            .EnumerateArray()
            .Select(c => (c.GetProperty("name").GetString(), c.GetProperty("health").GetString()))
            .ShouldBe([("key", "bad"), ("endpoint", "good"), ("price", "bad"), ("branch", "bad")]);
        result.Error.ShouldContain("BAD   key");
        result.Error.ShouldContain("do: export LOOPCLUSTER_TEST_NO_SUCH_KEY=");
        Directory.EnumerateFileSystemEntries(Path.Combine(Data, "work", ".checks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_OfflineWithoutCheck_Exits2()
    {
        var result = await LoopProcess.RunAsync(Data, "run", "x.yaml", "--offline", "--json");

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Json.GetProperty("error").GetProperty("message").GetString().ShouldNotBeNull().ShouldContain("--offline goes with --check");
    }

    [Fact]
    public async Task Run_MissingFile_Exits2WithWordsOnStderrOnly()
    {
        var result = await LoopProcess.RunAsync(Data, "run", _files.At("nothing.yaml"));

        result.ExitCode.ShouldBe(2);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldContain("there is no such file");
        result.Error.ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("show")]
    [InlineData("fork x")]
    public async Task CommandLine_Unusable_Exits2(string arguments)
    {
        var result = await LoopProcess.RunAsync(Data, [.. arguments.Split(' '), "--json"]);

        result.ExitCode.ShouldBe(2);
        result.Json.GetProperty("error").GetProperty("code").GetString().ShouldBe("usage");
    }

    [Theory]
    [InlineData("show abc")]
    [InlineData("events abc")]
    [InlineData("diff abc")]
    [InlineData("replay abc")]
    [InlineData("cancel abc")]
    [InlineData("message abc hello")]
    [InlineData("approve abc 3")]
    [InlineData("proof abc")]
    [InlineData("fork abc --at 1")]
    [InlineData("resume abc")]
    [InlineData("gates abc")]
    [InlineData("cost abc")]
    [InlineData("show ../../etc/passwd")]
    public async Task UnknownLoop_OfAnyCommand_Exits2AndMakesNothing(string arguments)
    {
        var result = await LoopProcess.RunAsync(Data, [.. arguments.Split(' '), "--json"]);

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Json.GetProperty("error").GetProperty("code").GetString().ShouldBe("unknown-loop");
        Directory.Exists(Data).ShouldBeFalse();
    }

    [Theory]
    [InlineData("keys add acme")]
    [InlineData("keys ls")]
    [InlineData("keys revoke lc_x")]
    public async Task Keys_ClusterThatIsDown_SaysSoAndTouchesNoDirectory(string arguments)
    {
        _files.Write("data/cluster/cluster.json", """{ "redisPort": 1, "redisPassword": "x" }""");

        var result = await LoopProcess.RunAsync(Data, [.. arguments.Split(' '), "--json"]);

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Json.GetProperty("error").GetProperty("code").GetString().ShouldBe("cluster-not-up");
        result
            .Json.GetProperty("error")
            .GetProperty("message")
            .GetString()
            .ShouldNotBeNull()
            .ShouldContain($"'loop cluster up --data {Data}'");
        Directory.Exists(Path.Combine(Data, "keys")).ShouldBeFalse();
    }

    [Fact]
    public async Task Keys_ForTheDirectoryBesideACluster_AreTheDirectorys()
    {
        _files.Write("data/cluster/cluster.json", """{ "redisPort": 1, "redisPassword": "x" }""");

        var added = await LoopProcess.RunAsync(Data, "keys", "add", "acme", "--for", "directory", "--json");
        var listed = await LoopProcess.RunAsync(Data, "keys", "ls", "--for", "directory", "--json");
        var nowhere = await LoopProcess.RunAsync(_files.At("other"), "keys", "add", "acme", "--for", "cluster", "--json");

        added.ExitCode.ShouldBe(0, added.ToString());
        listed.Json[0].GetProperty("prefix").GetString().ShouldBe(added.Json.GetProperty("prefix").GetString());
        nowhere.ExitCode.ShouldBe(2, nowhere.ToString());
    }

    [Fact]
    public async Task List_EmptyDirectory_IsAnEmptyArray()
    {
        var result = await LoopProcess.RunAsync(Data, "ls", "--json");

        result.ExitCode.ShouldBe(0);
        result.Json.GetArrayLength().ShouldBe(0);
    }

    [Theory]
    [InlineData("ledger verify")]
    [InlineData("audit verify")]
    public async Task Verify_EmptyDirectory_IsOk(string arguments)
    {
        var result = await LoopProcess.RunAsync(Data, [.. arguments.Split(' '), "--json"]);

        (result.ExitCode, result.Json.GetProperty("ok").GetBoolean(), result.Json.GetProperty("checked").GetInt64()).ShouldBe((0, true, 0));
    }

    [Fact]
    public async Task PolicyExplain_StrictestRuleWinsAndTheWorkspaceMayTighten()
    {
        var repository = _files.Repository(
            "repo",
            (".agent/policy.yaml", "rules: [ { tool: shell, arguments: { command: \"rm \" }, effect: deny } ]\n")
        );
        var spec = _files.Write(
            "loop.yaml",
            $"goal: x\nworkspace: {{ path: {repository} }}\nmodel: m\ngates: [ {{ name: a, run: x }} ]\npolicy: {{ rules: [ {{ tool: shell, effect: allow }} ] }}\n"
        );

        var harmless = await LoopProcess.RunAsync(Data, "policy", "explain", spec, "shell", "{\"command\":\"ls\"}", "--json");
        var denied = await LoopProcess.RunAsync(Data, "policy", "explain", spec, "shell", "{\"command\":\"rm -rf .\"}", "--json");

        harmless.Json.GetProperty("effect").GetString().ShouldBe("allow", harmless.ToString());
        (denied.Json.GetProperty("effect").GetString(), denied.Json.GetProperty("rule").GetString()).ShouldBe(
            ("deny", "workspace.rules[0]")
        );
        Directory.EnumerateFileSystemEntries(Path.Combine(Data, "work", ".checks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task ModelServer_Sigterm_EndsWithIt()
    {
        var script = _files.Write("script.yaml", "replies: [ { text: hi } ]\n");
        using var server = LoopProcess.Start(Data, "model-server", "--script", script, "--port", "0", "--json");

        // Asked before it is up or after: it ends either way.
        server.Signal(15);

        (await server.EndAsync()).ExitCode.ShouldBeOneOf(0, 143);
    }
}
