using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Tests.Specs;

public sealed class SpecFileTests : IDisposable
{
    private const string Yaml = """
        goal: |
          Write fib.py.
          Tests are in tests/.
        workspace: { path: repo }
        model: script:replies.yaml   # beside this file
        gates:
          - name: tests
            run: python3 -m unittest
            protect: [tests/**]
            timeout: 30s
        budget: { attempts: 4, deadline: 10m }
        policy: policy.yaml
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("specs-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Read_YamlFile_MakesPathsAbsoluteAgainstIt()
    {
        Put("policy.yaml", "rules:\n  - { tool: '*', effect: allow }\n");
        var spec = SpecFile.Read(Put("spec.yaml", Yaml));

        spec.Goal.ShouldBe("Write fib.py.\nTests are in tests/.\n");
        spec.Workspace.Path.ShouldBe(Path.Combine(_directory.FullName, "repo"));
        spec.Models["make"].ScriptPath.ShouldBe(Path.Combine(_directory.FullName, "replies.yaml"));
        spec.Gates[0].Timeout.ShouldBe(Duration.FromSeconds(30));
        spec.Policy!.Rules.ShouldHaveSingleItem().Effect.ShouldBe(PolicyEffect.Allow);
    }

    [Fact]
    public void Read_JsonFile_IsTheSameAsYaml()
    {
        var json =
            """{ "goal": "g", "workspace": { "files": { "a": "b\n" } }, "model": { "script": { "replies": [ { "text": "hi" } ] } }, "mode": "single-shot" }""";

        var spec = SpecFile.Read(Put("spec.json", json));

        spec.Mode.ShouldBe(LoopMode.SingleShot);
        spec.Workspace.Files!["a"].ShouldBe("b\n");
        spec.Models["make"].Script.ShouldNotBeNull().ShouldContain("replies");
    }

    [Fact]
    public void Read_NoSuchFile_SaysSo()
    {
        var thrown = Should.Throw<BadInputException>(() => SpecFile.Read(Path.Combine(_directory.FullName, "absent.yaml")));

        thrown.Code.ShouldBe("spec-unreadable");
        thrown.Message.ShouldContain("there is no such file");
    }

    [Fact]
    public void Read_Directory_SaysSo() =>
        Should.Throw<BadInputException>(() => SpecFile.Read(_directory.FullName)).Message.ShouldContain("it is a directory");

    [Fact]
    public void Read_EndlessDevice_EndsAtTheLimit() =>
        Should.Throw<BadInputException>(() => SpecFile.Read("/dev/zero")).Code.ShouldBe("spec-invalid");

    [Fact]
    public void Read_BrokenYaml_NamesLineAndColumn()
    {
        var thrown = Should.Throw<BadInputException>(() => SpecFile.Read(Put("spec.yaml", "goal: x\n\tgates: []\n")));

        thrown.Code.ShouldBe("spec-invalid");
        thrown.Message.ShouldContain("line ");
    }

    [Fact]
    public void Read_MissingPolicyFile_IsAFaultOfTheSpec()
    {
        var thrown = Should.Throw<BadInputException>(() => SpecFile.Read(Put("spec.yaml", Yaml)));

        thrown.Faults.ShouldHaveSingleItem().Path.ShouldBe("policy");
        thrown.Message.ShouldContain(Path.Combine(_directory.FullName, "policy.yaml"));
    }

    [Fact]
    public void Parse_EmptyDocument_IsOneClearFault() =>
        Should.Throw<BadInputException>(() => SpecFile.Parse("", SpecOrigin.Api)).Message.ShouldContain("must be an object");

    [Fact]
    public void ParsePolicy_Faults_NameTheDocument() =>
        Should
            .Throw<BadInputException>(() => SpecFile.ParsePolicy("rules: [{ tool: shell }]", ".agent/policy.yaml"))
            .Faults.ShouldHaveSingleItem()
            .ShouldBe(new InputFault(".agent/policy.yaml", "rules[0].effect: missing: allow, ask or deny (.agent/policy.yaml, line 1)"));

    [Fact]
    public void Docs_Examples_AreValid()
    {
        SpecFile.Parse(Example("spec.md"), SpecOrigin.File("/specs")).Gates.Count.ShouldBe(2);
        SpecFile.ParsePolicy(Example("policy.md"), "docs").Rules.Count.ShouldBe(3);
    }

    private static string Example(string page)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "LoopCluster.sln")))
        {
            root = root.Parent.ShouldNotBeNull("the tests run below the repository");
        }

        return File.ReadAllText(Path.Combine(root.FullName, "docs", page)).Split("```yaml\n")[1].Split("```")[0];
    }

    private string Put(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
