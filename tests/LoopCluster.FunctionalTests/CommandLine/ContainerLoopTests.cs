using System.Text.Json;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>The built command line with real containers.</summary>
[Trait("Category", "Docker")]
public sealed class ContainerLoopTests : IDisposable
{
    private const string Slow = """
        goal: three steps
        workspace: { files: { "a.txt": "x\n" } }
        model:
          script:
            replies:
              - tools: [ { name: shell, arguments: { command: "echo 1 > one.txt" } } ]
              - tools: [ { name: shell, arguments: { command: "sleep 10; echo 2 > two.txt" } } ]
              - tools: [ { name: shell, arguments: { command: "echo 3 > three.txt" } }, { name: done, arguments: { summary: ok } } ]
        gates: [ { name: there, run: "test -f one.txt && test -f two.txt && test -f three.txt" } ]
        """;

    private readonly TestFiles _files = new();

    private string Data => _files.At("data");

    public void Dispose() => _files.Dispose();

    [SkippableFact]
    public async Task Demo_GoesFromRedOverTheRawErrorToGreenWithAProof()
    {
        await SkipWithoutEngineAsync();

        var demo = await LoopProcess.RunAsync(Data, "demo", "--json");

        demo.ExitCode.ShouldBe(0, demo.ToString());
        var shown = demo.Json;
        shown.GetProperty("status").GetString().ShouldBe("verified");
        shown.GetProperty("cost").GetDecimal().ShouldBeGreaterThan(0);
        shown.GetProperty("models").GetProperty("make").GetString().ShouldBe("script");
        var log = shown.GetProperty("log").EnumerateArray().ToArray();
        log.Length.ShouldBe(2);
        log[0].GetProperty("gateStatus").GetString().ShouldBe("failed");
        log[0].GetProperty("error").GetString().ShouldNotBeNull().ShouldContain("SyntaxError: expected ':'");
        log[1].GetProperty("gateStatus").GetString().ShouldBe("passed");
        demo.Error.ShouldContain("the proof holds");

        var id = shown.GetProperty("id").GetString()!;
        (await LoopProcess.RunAsync(Data, "show", id[..6], "--json")).Output.ShouldBe(demo.Output);
        var replay = await LoopProcess.RunAsync(Data, "replay", id, "--json");
        (replay.ExitCode, replay.Json.GetProperty("differences").GetArrayLength()).ShouldBe((0, 0), replay.ToString());
        (await LoopProcess.RunAsync(Data, "ledger", "verify", id, "--json"))
            .Json.GetProperty("checked")
            .GetInt64()
            .ShouldBe(shown.GetProperty("ledger").GetProperty("events").GetInt64());
    }

    [SkippableFact]
    public async Task Up_KeyItPrints_SeesTheLoopsThatRunMade()
    {
        await SkipWithoutEngineAsync();
        var id = (await LoopProcess.RunAsync(Data, "demo", "--json")).Json.GetProperty("id").GetString();
        using var up = LoopProcess.Start(Data, "up", "--port", "0", "--json");
        var ready = JsonElement.Parse(await up.FirstLineAsync());

        var listed = await LoopProcess.RunAsync(
            Data,
            "ls",
            "--server",
            ready.GetProperty("url").GetString()!,
            "--key",
            ready.GetProperty("key").GetString()!,
            "--json"
        );

        listed.ExitCode.ShouldBe(0, listed.ToString());
        listed.Json.EnumerateArray().Select(l => l.GetProperty("id").GetString()).ShouldBe([id]);
    }

    [SkippableFact]
    public async Task ProofVerify_OneAlteredByteOfAnyPart_IsRejected()
    {
        await SkipWithoutEngineAsync();
        var demo = await LoopProcess.RunAsync(Data, "demo", "--json");
        var proof = demo.Json.GetProperty("proof").GetString()!;
        var key = Path.Combine(Data, "keys", "proof.pub.pem");

        (await VerifyAsync(proof, key)).ExitCode.ShouldBe(0);
        var rerun = await LoopProcess.RunAsync(Data, "proof", "verify", proof, "--key", key, "--rerun", "--json");
        rerun.ExitCode.ShouldBe(0, rerun.ToString());
        foreach (var part in Directory.EnumerateFiles(Path.GetDirectoryName(proof)!, "*", SearchOption.AllDirectories).ToArray())
        {
            var original = await File.ReadAllBytesAsync(part);
            var altered = original.Length == 0 ? [1] : original.ToArray();
            altered[altered.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(part, altered);

            var result = await VerifyAsync(proof, key);

            result.ExitCode.ShouldBe(8);
            await File.WriteAllBytesAsync(part, original);
        }

        var strange = await LoopProcess.RunAsync(_files.At("other"), "demo", "--json");
        strange.ExitCode.ShouldBe(0, strange.ToString());
        (await VerifyAsync(proof, _files.At("other", "keys", "proof.pub.pem"))).ExitCode.ShouldBe(8);
    }

    [SkippableFact]
    public async Task ProofVerify_Rerun_RepeatsCanaryCounterfactualAndSabotage()
    {
        await SkipWithoutEngineAsync();
        const string Test =
            "import unittest\\nfrom calc import add\\nclass T(unittest.TestCase):\\n    def test_add(self): self.assertEqual(5, add(2, 3))\\n";
        var spec = _files.Write(
            "strong.yaml",
            $$"""
            goal: add adds
            workspace: { files: { calc.py: "def add(a, b): return a - b\n", test_calc.py: "{{Test}}" } }
            gates: [ { name: tests, run: python3 -m unittest, sabotage: 2 } ]
            model:
              script:
                replies:
                - tools:
                  - { name: write_file, arguments: { path: calc.py, content: "def add(a, b): return a + b\n" } }
                  - { name: write_file, arguments: { path: test_more.py, content: "{{Test}}" } }
                  - { name: done, arguments: { summary: ready } }
            """
        );
        var run = await LoopProcess.RunAsync(Data, "run", spec, "--json");
        run.ExitCode.ShouldBe(0, run.ToString());
        var strength = run.Json.GetProperty("gates")[0].GetProperty("strength");
        (strength.GetProperty("canary").GetString(), strength.GetProperty("counterfactual").GetString()).ShouldBe(("seen", "red"));
        (strength.GetProperty("noticed").GetInt32(), strength.GetProperty("tried").GetInt32()).ShouldBe((1, 1));

        var rerun = await LoopProcess.RunAsync(
            Data,
            "proof",
            "verify",
            run.Json.GetProperty("proof").GetString()!,
            "--key",
            Path.Combine(Data, "keys", "proof.pub.pem"),
            "--rerun"
        );

        rerun.ExitCode.ShouldBe(0, rerun.ToString());
        rerun.Error.ShouldContain("again with failing checks added");
        rerun.Error.ShouldContain("again on the base, with only the tests and settings of the change");
        rerun.Error.ShouldContain("again with part 1 of 1 of the change taken back");
    }

    [SkippableFact]
    public async Task Interrupt_ParksAndResumeGoesOn()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write("loop.yaml", Slow);
        using var run = LoopProcess.Start(Data, "run", spec);
        var id = await UntilAsync(Data, loop => loop.GetProperty("turns").GetInt32() >= 2);

        run.Signal(2);
        var parked = await run.EndAsync();
        var resumed = await LoopProcess.RunAsync(Data, "resume", id, "--json");

        parked.ExitCode.ShouldBe(130, parked.ToString());
        parked.Error.ShouldContain($"parked; loop resume {id} --data {Data} goes on");
        resumed.ExitCode.ShouldBe(0, resumed.ToString());
        resumed.Json.GetProperty("changes").GetProperty("files").GetInt32().ShouldBe(3);
        (await LoopProcess.RunAsync(Data, "replay", id, "--json")).ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Resume_WithoutId_GoesOnWithAllOfThem()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write("loop.yaml", Slow);
        using (var one = LoopProcess.Start(Data, "run", spec))
        using (var two = LoopProcess.Start(Data, "run", spec))
        {
            await UntilAsync(Data, loop => loop.GetProperty("turns").GetInt32() >= 2);
            one.Signal(9);
            two.Signal(9);
            await Task.WhenAll(one.EndAsync(), two.EndAsync());
        }

        var parked = (await LoopProcess.RunAsync(Data, "ls", "--json")).Json.GetArrayLength();
        var resumed = await LoopProcess.RunAsync(Data, "resume", "--json");

        resumed.ExitCode.ShouldBe(0, resumed.ToString());
        resumed.Json.GetArrayLength().ShouldBe(parked);
        resumed.Json.EnumerateArray().ShouldAllBe(r => r.GetProperty("status").GetString() == "verified");
    }

    [SkippableFact]
    public async Task SecondRun_HolderIsKilled_TakesTheDirectoryAndItsOwnLoopOver()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write("loop.yaml", Slow);
        using var holder = LoopProcess.Start(Data, "run", spec);
        var first = await UntilAsync(Data, loop => loop.GetProperty("turns").GetInt32() >= 1);
        using var second = LoopProcess.Start(Data, "run", spec, "--json");
        await UntilAsync(Data, loop => loop.GetProperty("id").GetString() != first && loop.GetProperty("turns").GetInt32() >= 2);

        holder.Signal(9);
        var ended = await second.EndAsync();

        ended.ExitCode.ShouldBe(0, ended.ToString());
        ended.Json.GetProperty("id").GetString().ShouldNotBe(first);
        ended.Error.ShouldContain("going on here");
        var resumed = await LoopProcess.RunAsync(Data, "resume", first, "--json");
        resumed.ExitCode.ShouldBe(0, resumed.ToString());
    }

    [SkippableFact]
    public async Task SecondProcess_MessageFollowAndCancel_ReachTheRunningLoop()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write("loop.yaml", Slow.Replace("sleep 10", "sleep 60", StringComparison.Ordinal));
        using var run = LoopProcess.Start(Data, "run", spec, "--json");
        var id = await UntilAsync(Data, loop => loop.GetProperty("turns").GetInt32() >= 2);
        using var follow = LoopProcess.Start(Data, "events", id, "--follow");

        var message = await LoopProcess.RunAsync(Data, "message", id, "hello from outside");
        var cancel = await LoopProcess.RunAsync(Data, "cancel", id, "--reason", "enough");

        message.ExitCode.ShouldBe(0, message.ToString());
        cancel.ExitCode.ShouldBe(0, cancel.ToString());
        var ended = await run.EndAsync();
        (ended.ExitCode, ended.Json.GetProperty("status").GetString()).ShouldBe((5, "cancelled"), ended.ToString());
        var followed = await follow.EndAsync();
        followed.Output.ShouldContain("hello from outside");
        followed.Output.ShouldBe((await LoopProcess.RunAsync(Data, "events", id)).Output);
    }

    [SkippableFact]
    public async Task Approval_FromTheCommandLine_ParksAndGoesOn()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write(
            "loop.yaml",
            Slow.Replace("sleep 10; ", "", StringComparison.Ordinal)
                + "\npolicy: { rules: [ { tool: \"*\", effect: allow }, { tool: shell, arguments: { command: two }, effect: ask } ] }\n"
        );

        var run = await LoopProcess.RunAsync(Data, "run", spec, "--json");
        run.ExitCode.ShouldBe(9, run.ToString());
        var asked = (await LoopProcess.RunAsync(Data, "approvals", "--json")).Json[0];
        var (id, seq) = (asked.GetProperty("id").GetString()!, asked.GetProperty("seq").GetInt64());
        (await LoopProcess.RunAsync(Data, "approve", id, $"{seq + 1}")).ExitCode.ShouldBe(2);
        (await LoopProcess.RunAsync(Data, "approve", id, $"{seq}")).ExitCode.ShouldBe(0);

        var shown = await LoopProcess.RunAsync(Data, "show", id, "--json");
        (shown.Json.GetProperty("status").GetString(), shown.Json.GetProperty("turns").GetInt32()).ShouldBe(
            ("running", 2),
            "recording an answer drives nothing"
        );
        (await LoopProcess.RunAsync(Data, "resume", id)).ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Approval_OnATerminal_IsAskedForWithTheExactArguments()
    {
        await SkipWithoutEngineAsync();
        Skip.IfNot(File.Exists("/usr/bin/script"), "needs script(1) for a terminal");
        var spec = _files.Write(
            "loop.yaml",
            Slow.Replace("sleep 10; ", "", StringComparison.Ordinal)
                + "\npolicy: { rules: [ { tool: \"*\", effect: allow }, { tool: shell, arguments: { command: two }, effect: ask } ] }\n"
        );

        var answered = await LoopProcess.RunOnTerminalAsync(Data, "perhaps\ny\n", "run", spec);

        answered.ExitCode.ShouldBe(0, answered.ToString());
        answered.Output.ShouldContain("{\"command\":\"echo 2 > two.txt\"}");
        answered.Output.ShouldContain("verified");
    }

    [SkippableFact]
    public async Task TwoDataDirectories_AtOnce_DoNotTouchEachOther()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write("loop.yaml", Slow);

        var results = await Task.WhenAll(
            LoopProcess.RunAsync(_files.At("one"), "run", spec, "--json"),
            LoopProcess.RunAsync(_files.At("two"), "run", spec, "--json")
        );

        results.ShouldAllBe(r => r.ExitCode == 0);
    }

    [SkippableFact]
    public async Task Check_FitAndUnfit_AreToldApartAndLeaveNoLoop()
    {
        await SkipWithoutEngineAsync();
        var fit = _files.Write("fit.yaml", Slow);
        var green = _files.Write(
            "green.yaml",
            Slow.Replace("test -f one.txt && test -f two.txt && test -f three.txt", "test -f a.txt", StringComparison.Ordinal)
        );
        var broken = _files.Write("broken.yaml", Slow.Replace("test -f one.txt", "no-such-command", StringComparison.Ordinal));

        var results = new[]
        {
            await LoopProcess.RunAsync(Data, "run", fit, "--check", "--json"),
            await LoopProcess.RunAsync(Data, "run", green, "--check", "--json"),
            await LoopProcess.RunAsync(Data, "run", broken, "--check", "--json"),
        };

        results.Select(r => r.ExitCode).ShouldBe([0, 2, 6], string.Join("\n", results.AsEnumerable()));
        results.Select(r => r.Json.GetProperty("ok").GetBoolean()).ShouldBe([true, false, false]);
        (await LoopProcess.RunAsync(Data, "ls", "--json")).Json.GetArrayLength().ShouldBe(0);
        Directory.EnumerateFileSystemEntries(Path.Combine(Data, "work", ".checks")).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Fork_AtAnEntryInTheMiddle_GoesOnFromThere()
    {
        await SkipWithoutEngineAsync();
        var spec = _files.Write("loop.yaml", Slow.Replace("sleep 10; ", "", StringComparison.Ordinal));
        var run = await LoopProcess.RunAsync(Data, "run", spec, "--json");
        var id = run.Json.GetProperty("id").GetString()!;
        var events = (await LoopProcess.RunAsync(Data, "events", id)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var middle = events
            .Select(e => JsonElement.Parse(e))
            .First(e => e.GetRawText().Contains("workspace-committed", StringComparison.Ordinal))
            .GetProperty("seq")
            .GetInt64();

        var forked = await LoopProcess.RunAsync(Data, "fork", id, "--at", $"{middle}", "--run", "--json");

        forked.ExitCode.ShouldBe(0, forked.ToString());
        (forked.Json.GetProperty("parent").GetString(), forked.Json.GetProperty("seq").GetInt64()).ShouldBe((id, middle));
        var fork = forked.Json.GetProperty("id").GetString()!;
        (await LoopProcess.RunAsync(Data, "show", fork, "--json")).Json.GetProperty("changes").GetProperty("files").GetInt32().ShouldBe(3);
        (await LoopProcess.RunAsync(Data, "replay", fork, "--json")).ExitCode.ShouldBe(0);
        (await LoopProcess.RunAsync(Data, "diff", fork)).Output.ShouldBe((await LoopProcess.RunAsync(Data, "diff", id)).Output);
    }

    private static Task<LoopResult> VerifyAsync(string proof, string key) =>
        LoopProcess.RunAsync(Path.GetTempPath(), "proof", "verify", proof, "--key", key, "--json");

    /// <summary>The first loop of a directory of which this is true.</summary>
    private static async Task<string> UntilAsync(string data, Func<JsonElement, bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            var loops = await LoopProcess.RunAsync(data, "ls", "--json");
            if (loops.ExitCode == 0 && loops.Json.EnumerateArray().FirstOrDefault(condition) is { ValueKind: JsonValueKind.Object } found)
            {
                return found.GetProperty("id").GetString()!;
            }
        }
    }

    private async Task SkipWithoutEngineAsync()
    {
        var doctor = await LoopProcess.RunAsync(_files.At("doctor"), "doctor", "--json");
        var engine = doctor
            .Json.GetProperty("checks")
            .EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == "container engine");
        Skip.If(
            engine.GetProperty("health").GetString() != "good",
            $"needs a container engine with loopcluster/sandbox: {engine.GetProperty("detail").GetString()}"
        );
    }
}
