using System.Text.Json;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.TestKit.Api;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Processes;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Api.Tests;

/// <summary>The built command line as a server's client.</summary>
public sealed class ServerCommandTests : IAsyncLifetime, IDisposable
{
    private const string Task42 = """
        goal: put 42 into answer.txt
        workspace: { files: { readme.txt: hello } }
        model: script:script.yaml
        gates: [ { name: answer, run: has answer.txt 42 } ]
        """;

    private readonly TestFiles _files = new();
    private readonly FakeShell _shell = new();
    private EmbeddedApi? _api;
    private string _key = "";

    public async Task InitializeAsync()
    {
        _files.Write("task.yaml", Task42);
        _files.Write(
            "script.yaml",
            """replies: [ { tools: [ { name: shell, arguments: { command: hold } } ] }, { tools: [ { name: write_file, arguments: { path: answer.txt, content: "42\n" } }, { name: done, arguments: { summary: ready } } ] } ]"""
        );
        await OpenAsync(0);
        var (key, kept) = ApiKeys.New("acme", TimeProvider.System);
        _key = key;
        await _api!.Keys.AddAsync(kept, default);
    }

    public async Task DisposeAsync() => await _api!.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Run_ScriptFile_IsSentAlongAndFollowedToTheEnd()
    {
        _shell.Release();

        var run = await LoopAsync("run", _files.At("task.yaml"), "--json");

        run.ExitCode.ShouldBe(0, run.ToString());
        var id = run.Json.GetProperty("id").GetString()!;
        run.Json.GetProperty("status").GetString().ShouldBe("verified");
        run.Error.ShouldContain("verified: every gate passed on the change");
        var show = await LoopAsync("show", id[..10], "--json");
        show.Output.ShouldBe(run.Output);
        (await LoopAsync("ls", "--json")).Json[0].GetProperty("id").GetString().ShouldBe(id);
        (await LoopAsync("diff", id)).Output.ShouldContain("+42");
        var statement = (await LoopAsync("proof", id, "--statement")).Json;
        statement.GetProperty("predicate").GetProperty("loop").GetString().ShouldBe(id);
        var lines = (await LoopAsync("events", id)).Output;
        (await LoopAsync("events", id, "--follow")).Output.ShouldBe(lines);
        JsonElement.Parse(lines.TrimEnd('\n').Split('\n')[^1]).GetProperty("type").GetString().ShouldBe("loop-verified");
        var fork = await LoopAsync("fork", id, "--at", "4", "--run", "--json");
        fork.ExitCode.ShouldBe(0, fork.ToString());
        fork.Json.GetProperty("parent").GetString().ShouldBe(id);
    }

    [Fact]
    public async Task Run_ServerStartedAnew_GoesOnWithEveryEventOnce()
    {
        using var following = Loop("run", _files.At("task.yaml"), "--json");
        await _shell.Held.WaitAsync(TimeSpan.FromSeconds(60));
        var port = _api!.Url.Port;
        await _api.DisposeAsync();
        _shell.Release();
        await OpenAsync(port);

        var run = await following.EndAsync();

        run.ExitCode.ShouldBe(0, run.ToString());
        run.Json.GetProperty("status").GetString().ShouldBe("verified");
        run.Error.Split('\n').Count(l => l.Contains("attempt 1 of", StringComparison.Ordinal)).ShouldBe(1);
        run.Error.ShouldContain("taken up (epoch 2)");
    }

    [Fact]
    public async Task MessageAndCancel_RunningLoop_AreTaken()
    {
        using var following = Loop("run", _files.At("task.yaml"), "--json");
        await _shell.Held.WaitAsync(TimeSpan.FromSeconds(60));
        var id = (await LoopAsync("ls", "--json")).Json[0].GetProperty("id").GetString()!;

        var message = await LoopAsync("message", id, "hurry", "--json");
        var cancel = await LoopAsync("cancel", id, "--reason", "enough", "--json");

        message.Json.GetProperty("done").GetString().ShouldBe("recorded");
        cancel.Json.GetProperty("done").GetString().ShouldBe("cancelled");
        (await following.EndAsync()).ExitCode.ShouldBe(5);
    }

    [Fact]
    public async Task PauseAndResume_RunningLoop_StopsItAndFollowsItFromThereToTheEnd()
    {
        using var following = Loop("run", _files.At("task.yaml"), "--json");
        await _shell.Held.WaitAsync(TimeSpan.FromSeconds(60));
        var id = (await LoopAsync("ls", "--json")).Json[0].GetProperty("id").GetString()!;
        var pause = await LoopAsync("pause", id);
        _shell.Release();
        var paused = await following.EndAsync();

        var resumed = await LoopAsync("resume", id[..12], "--json");
        var again = await LoopAsync("resume", id, "--json");

        pause.Output.ShouldContain($"loop resume {id} --server {_api!.Url.ToString().TrimEnd('/')} --key \"$LOOPCLUSTER_KEY\" goes on");
        (paused.ExitCode, paused.Json.GetProperty("status").GetString()).ShouldBe((9, "paused"), paused.ToString());
        (resumed.ExitCode, resumed.Json.GetProperty("status").GetString()).ShouldBe((0, "verified"), resumed.ToString());
        resumed.Error.ShouldNotContain("attempt 1 of");
        again.Output.ShouldBe(resumed.Output);
    }

    [Fact]
    public async Task Proof_WrittenWithWhatCameOverTheApi_IsCheckedFromThereAlone()
    {
        _shell.Release();
        var id = (await LoopAsync("run", _files.At("task.yaml"), "--json")).Json.GetProperty("id").GetString()!;
        var directory = _files.At("kept proof");

        var proof = await LoopAsync("proof", id, "--out", directory);
        var verify = await LoopProcess.RunAsync(
            _files.At("nowhere"),
            "proof",
            "verify",
            Path.Combine(directory, "proof.json"),
            "--key",
            Path.Combine(directory, "proof.pub.pem"),
            "--json"
        );
        await File.AppendAllTextAsync(Directory.GetFiles(Path.Combine(directory, "logs")).ShouldHaveSingleItem(), "x");
        var altered = await LoopProcess.RunAsync(
            _files.At("nowhere"),
            "proof",
            "verify",
            Path.Combine(directory, "proof.json"),
            "--key",
            Path.Combine(directory, "proof.pub.pem"),
            "--json"
        );
        var again = await LoopAsync("proof", id, "--out", directory, "--json");

        proof.ExitCode.ShouldBe(0, proof.ToString());
        proof.Output.ShouldContain($"loop proof verify \"{directory}/proof.json\" --key \"{directory}/proof.pub.pem\"");
        (verify.ExitCode, verify.Json.GetProperty("checked").GetInt32()).ShouldBe((0, 3), verify.ToString());
        altered.ExitCode.ShouldBe(8, altered.ToString());
        (again.ExitCode, Code(again)).ShouldBe((2, "directory-not-empty"));
    }

    [Fact]
    public async Task Proof_OfALoopThatIsNotVerified_IsAReportWithTheLoopsExitCode()
    {
        _files.Write("short.yaml", Task42 + "\nbudget: { turns: 1 }\n");
        _shell.Release();
        var id = (await LoopAsync("run", _files.At("short.yaml"), "--json")).Json.GetProperty("id").GetString()!;
        var directory = _files.At("kept report");

        var report = await LoopAsync("proof", id, "--out", directory);
        string[] check = ["proof", "verify", Path.Combine(directory, "report.json"), "--key", Path.Combine(directory, "proof.pub.pem")];
        var verify = await LoopProcess.RunAsync(_files.At("nowhere"), [.. check, "--json"]);
        var rerun = await LoopProcess.RunAsync(_files.At("nowhere"), [.. check, "--rerun", "--json"]);

        report.ExitCode.ShouldBe(3, report.ToString());
        report.Error.ShouldContain("not verified: this is the signed report");
        (verify.ExitCode, verify.Json.GetProperty("ok").GetBoolean()).ShouldBe((3, true), verify.ToString());
        verify.Json.GetProperty("outcome").GetString().ShouldBe("budget-exhausted");
        (rerun.ExitCode, Code(rerun)).ShouldBe((2, "proof-unreadable"));
    }

    [Fact]
    public async Task CostGatesAndApprovals_OfAServersLoops_AreTold()
    {
        _shell.Release();
        var id = (await LoopAsync("run", _files.At("task.yaml"), "--json")).Json.GetProperty("id").GetString()!;

        var cost = await LoopAsync("cost", id, "--json");
        var all = await LoopAsync("cost", "--json");
        var usage = await LoopAsync("usage", "--monthly", "--json");
        var gates = await LoopAsync("gates", id, "--json");
        var approvals = await LoopAsync("approvals", "--json");

        cost.Json.GetProperty("loops")[0].GetProperty("id").GetString().ShouldBe(id, cost.ToString());
        all.Json.GetProperty("total").GetDecimal().ShouldBe(cost.Json.GetProperty("loops")[0].GetProperty("cost").GetDecimal());
        all.Json.GetProperty("agents")[0].GetProperty("name").GetString().ShouldBe("make");
        usage.Json[0].GetProperty("turns").GetInt32().ShouldBe(cost.Json.GetProperty("loops")[0].GetProperty("turns").GetInt32());
        gates.Json[0].GetProperty("passed").GetBoolean().ShouldBeTrue(gates.ToString());
        approvals.Json.GetArrayLength().ShouldBe(0, approvals.ToString());
    }

    [Fact]
    public async Task Commands_ThatCannotBe_SaySoWithTheUsualCodes()
    {
        _files.Write("local.yaml", Task42.Replace("{ files: { readme.txt: hello } }", "{ path: . }", StringComparison.Ordinal));

        var local = await LoopAsync("run", _files.At("local.yaml"), "--json");
        var unknown = await LoopAsync("show", "nosuch", "--json");
        var wrong = await LoopProcess.RunAsync(_files.At("mine"), "ls", "--json", "--server", _api!.Url.ToString(), "--key", "lc_wrong");
        var gone = await LoopProcess.RunAsync(
            _files.At("mine"),
            "show",
            "x",
            "--json",
            "--server",
            "http://127.0.0.1:1",
            "--key",
            "lc_wrong"
        );

        (local.ExitCode, Code(local)).ShouldBe((2, "spec-path-not-allowed"));
        (unknown.ExitCode, Code(unknown)).ShouldBe((2, "unknown-loop"));
        (wrong.ExitCode, Code(wrong)).ShouldBe((2, "unauthorized"));
        (gone.ExitCode, Code(gone)).ShouldBe((7, "server-unavailable"));
    }

    [Fact]
    public async Task Check_OverAServer_AsksItForItsModelsAndRefusesWhatARunWould()
    {
        _files.Write("named.yaml", Task42.Replace("script:script.yaml", "nobody", StringComparison.Ordinal));
        _files.Write("local.yaml", Task42.Replace("{ files: { readme.txt: hello } }", "{ path: . }", StringComparison.Ordinal));
        _files.Write(
            "url.yaml",
            Task42.Replace("script:script.yaml", "{ url: http://127.0.0.1:1/v1, model: m }", StringComparison.Ordinal)
        );

        var named = await LoopAsync("run", _files.At("named.yaml"), "--check", "--json");
        var local = await LoopAsync("run", _files.At("local.yaml"), "--check", "--json");
        var url = await LoopAsync("run", _files.At("url.yaml"), "--check", "--json");

        (named.ExitCode, Code(named)).ShouldBe((2, "unknown-model"), named.ToString());
        named.Json.GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("the server has no model 'nobody'");
        named.Json.GetProperty("checks").GetArrayLength().ShouldBeGreaterThan(1);
        (local.ExitCode, Code(local)).ShouldBe((2, "spec-path-not-allowed"));
        url.ExitCode.ShouldBe(2, url.ToString());
        (await LoopAsync("ls", "--json")).Json.GetArrayLength().ShouldBe(0);
    }

    private static string? Code(LoopResult result) => result.Json.GetProperty("error").GetProperty("code").GetString();

    private async Task OpenAsync(int port) =>
        _api = await EmbeddedApi.OpenAsync(
            new ApiSetup(
                new HostSetup(_files.At("data"), _shell.Sandbox, ModelCatalog.Empty, TimeProvider.System),
                new Dictionary<string, string?>()
            ),
            port
        );

    private LoopProcess Loop(params string[] arguments) =>
        LoopProcess.Start(_files.At("mine"), [.. arguments, "--server", _api!.Url.ToString(), "--key", _key]);

    private async Task<LoopResult> LoopAsync(params string[] arguments)
    {
        using var process = Loop(arguments);
        return await process.EndAsync();
    }
}
