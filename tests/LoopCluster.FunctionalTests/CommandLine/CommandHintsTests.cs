using LoopCluster.Cli.Output;
using LoopCluster.Runtime.Hosting;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Processes;

namespace LoopCluster.FunctionalTests.CommandLine;

/// <summary>A command that is printed can be pasted: it works with the same loops.</summary>
public sealed class CommandHintsTests : IDisposable
{
    private readonly TestFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("/tmp/a", "loop resume x --data /tmp/a")]
    [InlineData("/tmp/a b", "loop resume x --data \"/tmp/a b\"")]
    [InlineData("/tmp/a$b'c\"d", "loop resume x --data \"/tmp/a\\$b'c\\\"d\"")]
    public void Of_Directory_IsNamedAsAShellReadsIt(string directory, string expected) =>
        OfDirectory(directory).Of("resume", "x").ShouldBe(expected);

    [Fact]
    public void Of_DefaultDirectory_NeedsNoWord() =>
        OfDirectory(DataDirectory.Resolve(null).Root).Of("fork", "x", "--at", "7", "--run").ShouldBe("loop fork x --at 7 --run");

    [Theory]
    [InlineData(false, false, "loop show x --server http://h:1")]
    [InlineData(true, false, "loop show x --server http://h:1 --key \"$LOOPCLUSTER_KEY\"")]
    [InlineData(true, true, "loop show x --server http://h:1 --key lc_k")]
    public void Of_Server_IsNamedAndItsKeyShownToNobodyElse(bool isKeyGiven, bool isAtTerminal, string expected) =>
        OfServer(isKeyGiven, isAtTerminal).Of("show", "x").ShouldBe(expected);

    [Theory]
    [InlineData("doctor")]
    [InlineData("proof verify")]
    [InlineData("replay")]
    public void Of_CommandOfThisMachineAlone_NamesNoServer(string command) =>
        OfServer(false, false).Of(command, "x").ShouldBe($"loop {command} x");

    [Fact]
    public void Complete_CommandsOfAServer_NameItWhereTheyTakeIt() =>
        OfServer(false, false)
            .Complete("'loop proof x --out DIR', then 'loop proof verify DIR/proof.json'")
            .ShouldBe("'loop proof x --out DIR --server http://h:1', then 'loop proof verify DIR/proof.json'");

    [Theory]
    [InlineData("there is no loop x here. 'loop ls' lists them.", "there is no loop x here. 'loop ls --data /d' lists them.")]
    [InlineData("Run './loop doctor', which says it.", "Run 'loop doctor --data /d', which says it.")]
    [InlineData("use 'loop fork x --at 9' or 'loop show x'", "use 'loop fork x --at 9 --data /d' or 'loop show x --data /d'")]
    [InlineData("it's 'loop ls --data /e' already", "it's 'loop ls --data /e' already")]
    [InlineData("a loop resume without quotes", "a loop resume without quotes")]
    public void Complete_QuotedCommands_AreMadeWhole(string message, string expected) =>
        OfDirectory("/d").Complete(message).ShouldBe(expected);

    [Theory]
    [InlineData("show nosuch")]
    [InlineData("resume nosuch")]
    [InlineData("cancel nosuch")]
    [InlineData("keys revoke nosuch")]
    [InlineData("cluster kill 1")]
    public async Task Refusal_OfACommandWithADirectory_QuotesCommandsWithIt(string arguments)
    {
        var data = _files.At("some where");

        var result = await LoopProcess.RunAsync(data, arguments.Split(' '));

        result.ExitCode.ShouldBe(2, result.ToString());
        result.Error.ShouldContain($" --data \"{data}\"'");
    }

    [Theory]
    [InlineData("cluster kill", "'loop cluster kill --help'")]
    [InlineData("show", "'loop show --help'")]
    [InlineData("nosuch", "'loop --help'")]
    public async Task Usage_WhatIsWrong_NamesTheWholeCommand(string arguments, string hint)
    {
        using var process = LoopProcess.StartAsIs([], arguments.Split(' '));
        var result = await process.EndAsync();

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain(hint);
    }

    [Fact]
    public async Task Refusal_StartedByAScript_NamesTheScript()
    {
        using var process = LoopProcess.StartAsIs([("LOOPCLUSTER_COMMAND", "./loop")], "show", "nosuch", "--data", "/nowhere");
        var result = await process.EndAsync();

        result.Error.ShouldContain("'./loop ls --data /nowhere'");
    }

    private static CommandHints OfDirectory(string directory) => new(new DataDirectory(directory), null, false, false, null, _ => true);

    private static CommandHints OfServer(bool isKeyGiven, bool isAtTerminal)
    {
        var options = new Cli.Commands.CommonOptions();
        _ = Cli.Commands.RootCommands.Create(options);
        return new(new DataDirectory("/d"), "http://h:1", isKeyGiven, isAtTerminal, isKeyGiven ? "lc_k" : null, options.Remote.Takes);
    }
}
