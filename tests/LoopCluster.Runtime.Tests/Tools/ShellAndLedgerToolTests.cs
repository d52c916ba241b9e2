using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Tests.Tools;

public sealed class ShellAndLedgerToolTests : IDisposable
{
    private readonly ToolRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("", 0, "[exit code 0]")]
    [InlineData("a", 1, "a\n[exit code 1]")]
    [InlineData("a\n", 137, "a\n[exit code 137]")]
    [InlineData("[exit code 0]", 2, "[exit code 0]\n[exit code 2]")]
    public async Task Shell_Command_EndsWithItsExitCode(string output, int exitCode, string expected)
    {
        Answer(SandboxOutcome.Exited, Encoding.UTF8.GetBytes(output), exitCode);

        var result = await _rig.RunAsync("shell", """{"command": "make"}""");

        (result.Outcome, result.ExitCode, result.SandboxSeconds, Encoding.UTF8.GetString(result.Output.Span)).ShouldBe(
            (ToolOutcome.Ok, exitCode, 1.5, expected)
        );
        _rig.LastCall!.Command.ShouldBe("make");
        _rig.LastCall.Timeout.ShouldBe(TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(SandboxOutcome.TimedOut, ToolOutcome.Timeout, "[killed: still running after 30s]")]
    [InlineData(SandboxOutcome.OutOfMemory, ToolOutcome.OutOfMemory, "[killed: over the memory limit of 512 MiB]")]
    [InlineData(SandboxOutcome.Cancelled, ToolOutcome.Aborted, "[cut off: the loop was cancelled or its time is up]")]
    public async Task Shell_LimitReached_NamesTheLimit(SandboxOutcome outcome, ToolOutcome expected, string line)
    {
        Answer(outcome, "half"u8.ToArray(), null);

        var result = await _rig.RunAsync("shell", """{"command": "x"}""");

        (result.Outcome, Encoding.UTF8.GetString(result.Output.Span)).ShouldBe((expected, $"half\n{line}"));
    }

    [Fact]
    public async Task Shell_BinaryGarbage_IsPassedOnAsItIs()
    {
        var garbage = new byte[4096];
        new Random(3).NextBytes(garbage);
        Answer(SandboxOutcome.Exited, garbage, 0, bytes: 1_000_000_000);

        var result = await _rig.RunAsync("shell", """{"command": "cat /dev/urandom"}""");

        result.Output.Span.StartsWith(garbage).ShouldBeTrue();
        result.OutputBytes.ShouldBe(1_000_000_000 + result.Output.Length - garbage.Length);
    }

    [Theory]
    [InlineData("""{"command": "a\u0000b"}""", "NUL")]
    [InlineData("""{"command": ""}""", "must not be empty")]
    public async Task Shell_CommandThatCannotRun_IsAnErrorWithoutASandboxCall(string arguments, string reason)
    {
        var result = await _rig.RunAsync("shell", arguments);

        result.Outcome.ShouldBe(ToolOutcome.Error);
        Encoding.UTF8.GetString(result.Output.Span).ShouldContain(reason);
        _rig.LastCall.ShouldBeNull();
    }

    [Fact]
    public async Task Shell_CommandOverTheKernelsLimit_IsAnError() =>
        (await _rig.CallAsync("shell", new { command = new string('x', 128 * 1024) })).Output.ShouldContain("128 KiB");

    [Fact]
    public void ClassOf_Shell_IsExternalOnlyWithEgress()
    {
        _rig.Registry.TryGet("shell", out var shell).ShouldBeTrue();
        var spec = new LoopSpec
        {
            Goal = "g",
            Workspace = new WorkspaceSpec(),
            Models = new Dictionary<string, ModelSpec>(),
        };

        ToolAdmission.ClassOf(shell!.Definition, spec).ShouldBe(EffectClass.Workspace);
        ToolAdmission
            .ClassOf(shell.Definition, spec with { Sandbox = new SandboxLimits { Egress = ["host:443"] } })
            .ShouldBe(EffectClass.External);
    }

    [Fact]
    public async Task ReadOutput_OneEndlessLine_IsReadableToItsEnd()
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{i}é")));
        var hash = _rig.PutBlob(content, known: true);
        using var read = new MemoryStream();
        for (int? start = 1; start is not null; )
        {
            var result = await _rig.RunAsync("read_output", $$"""{"ref": "{{hash}}", "start": {{start}}}""");
            result.Output.Length.ShouldBeLessThanOrEqualTo(OutputText.InlineLimit);
            var header = Encoding.UTF8.GetString(result.Output.Span[..result.Output.Span.IndexOf((byte)'\n')]);
            read.Write(result.Output.Span[(header.Length + 1)..]);
            start = header.Split("start: ") is [_, var next]
                ? int.Parse(next.TrimEnd(']'), System.Globalization.CultureInfo.InvariantCulture)
                : null;
        }

        read.ToArray().ShouldBe(content);
    }

    [Theory]
    [InlineData("../../keys/x", "64 hex digits")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000", "no output with that ref")]
    public async Task ReadOutput_ForeignRef_OpensNothing(string reference, string reason)
    {
        var (outcome, output) = await _rig.CallAsync("read_output", new { @ref = reference });

        outcome.ShouldBe(ToolOutcome.Error);
        output.ShouldContain(reason);
    }

    [Fact]
    public async Task ReadOutput_BlobOfAnotherLoop_IsRefusedThoughItExists()
    {
        var hash = _rig.PutBlob("another tenant's"u8.ToArray(), known: false);

        (await _rig.CallAsync("read_output", new { @ref = hash })).Output.ShouldContain("no output with that ref");
    }

    [Fact]
    public async Task Note_Text_IsKept()
    {
        var result = await _rig.RunAsync("note", """{"text": "the port is 8080"}""");

        (result.Outcome, result.Note).ShouldBe((ToolOutcome.Ok, "the port is 8080"));
    }

    [Fact]
    public async Task Done_Summary_LeavesTheDecisionToTheGates() =>
        (await _rig.CallAsync("done", new { summary = "fixed" })).ShouldBe((ToolOutcome.Ok, "the gates decide now"));

    [Fact]
    public void Registry_BuiltInTools_AreAllThereInOneOrder()
    {
        _rig.Registry.Definitions.Select(tool => tool.Name).ShouldBe(ToolNames.BuiltIn.Order(StringComparer.Ordinal));
        Should.Throw<ArgumentException>(() =>
            new ToolRegistry([.. BuiltInTools.Create(TimeProvider.System), .. BuiltInTools.Create(TimeProvider.System)])
        );
    }

    private void Answer(SandboxOutcome outcome, byte[] output, int? exitCode, long? bytes = null) =>
        _rig.Answer = new SandboxResult
        {
            Outcome = outcome,
            ExitCode = exitCode,
            Output = output,
            OutputBytes = bytes ?? output.Length,
            Duration = TimeSpan.FromSeconds(1.5),
        };
}
