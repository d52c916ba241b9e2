using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public sealed class UnwrittenCommandTests
{
    [Theory]
    [InlineData("./x", "sh: 1: ./x: not found")]
    [InlineData("./x", "bash: line 1: ./x: No such file or directory")]
    [InlineData("./x --selftest", "/bin/sh: ./x: not found")]
    [InlineData("./x > out.txt 2>&1", "")]
    [InlineData("/workspace/bin/tool 3", "sh: 1: /workspace/bin/tool: not found")]
    [InlineData("cd sub && ./x", "sh: 1: ./x: not found")]
    [InlineData("cd sub; ../bin/x", "sh: 1: ../bin/x: not found")]
    [InlineData("timeout 10 ./x", "timeout: failed to run command \u2018./x\u2019: No such file or directory")]
    [InlineData("env A=1 ./x", "env: './x': No such file or directory")]
    [InlineData("bash solve.sh 3", "bash: solve.sh: No such file or directory")]
    [InlineData("sh run.sh", "run.sh: 3: ./build/app: not found")]
    [InlineData("ls; ./x", "warning: something\nsh: 1: ./x: not found")]
    public void Is_PathOfTheWorkspaceThatTheBaseHasNot_IsHonestRed(string run, string output) =>
        UnwrittenCommand
            .Is(Sample.Gate("g") with { Run = run }, 127, output, new HashSet<string> { "run.sh", "sub/there" }, [])
            .ShouldBeTrue();

    [Theory]
    [InlineData("./there", 127, "sh: 1: ./there: not found", "its interpreter is missing")]
    [InlineData("cd sub && ./there", 127, "sh: 1: ./there: not found", "the same below a directory")]
    [InlineData("./x", 126, "sh: 1: ./x: Permission denied", "it is there")]
    [InlineData("./x", 125, "", "the engine failed")]
    [InlineData("cargo test", 127, "sh: 1: cargo: not found", "a program")]
    [InlineData("cargo test", 127, "", "a program, said by nobody")]
    [InlineData("cargo build && ./x", 127, "sh: 1: cargo: not found", "a program before it")]
    [InlineData("./node_modules/.bin/jest", 127, "sh: 1: ./node_modules/.bin/jest: not found", "what a package manager puts there")]
    [InlineData("/usr/bin/foo", 127, "sh: 1: /usr/bin/foo: not found", "outside")]
    [InlineData("/opt/foo", 127, "sh: 1: /opt/foo: not found", "outside")]
    [InlineData("../x", 127, "sh: 1: ../x: not found", "above")]
    [InlineData("cd $HOME && ./x", 127, "sh: 1: ./x: not found", "from nobody knows where")]
    [InlineData("./made/x", 127, "sh: 1: ./made/x: not found", "what prepare was to make")]
    public void Is_AnythingElse_IsAMissingTool(string run, int exitCode, string output, string why) =>
        UnwrittenCommand
            .Is(Sample.Gate("g") with { Run = run }, exitCode, output, new HashSet<string> { "there", "sub/there" }, ["made"])
            .ShouldBeFalse(why);

    [Theory]
    [InlineData("sh: 1: cargo: not found", "cargo")]
    [InlineData("timeout: failed to run command 'cargo': No such file or directory", "cargo")]
    [InlineData("sh: 1: ./node_modules/.bin/jest: not found", "./node_modules/.bin/jest")]
    [InlineData("sh: 1: ./there: not found", null)]
    [InlineData("", null)]
    public void OfNotRun_Output_NamesTheProgram(string output, string? name) => MissingTools.OfNotRun(output)?.Name.ShouldBe(name);

    [Theory]
    [InlineData("Mend it.", "./check.sh", "./check.sh")]
    [InlineData("Write check.sh.", "./check.sh", null)]
    [InlineData("Mend it.", "./fizz", null)]
    public void Find_UnwrittenScript_IsMissingOnlyWhereTheMakerIsNotToWriteIt(string goal, string run, string? missing) =>
        MissingTools
            .Find(Sample.Spec() with { Goal = goal }, Sample.Gate("g") with { Run = run }, $"sh: 1: {run}: not found")
            ?.Name.ShouldBe(missing);
}
