using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public sealed class ProtectionPlanTests
{
    [Theory]
    [InlineData(
        "python3 -m unittest -v",
        "calc.py test_calc.py tests/test_x.py tests/data.json",
        "test_calc.py tests/data.json tests/test_x.py"
    )]
    [InlineData("python3 -m unittest discover -s t", "calc.py test_root.py t/test_a.py t/help.py", "t/test_a.py")]
    [InlineData(
        "cd sub && python3 -m unittest discover -s t -p '*_check.py'",
        "sub/t/a_check.py sub/t/test_b.py t/a_check.py",
        "sub/t/a_check.py"
    )]
    [InlineData(
        "python -m unittest tests.test_a.Case.test_it",
        "tests/__init__.py tests/test_a.py a.py",
        "tests/__init__.py tests/test_a.py"
    )]
    [InlineData("PYTHONPATH=src python3 -m unittest test_a", "src/a.py test_a.py test_b.py", "test_a.py")]
    [InlineData(
        "env PYTHONPATH=src timeout 60 python3.11 -B -m pytest -q tests",
        "src/a.py tests/test_a.py tests/conftest.py conftest.py",
        "conftest.py tests/conftest.py tests/test_a.py"
    )]
    [InlineData("python3 -m pytest -q 2>&1 | tee log", "pkg/a.py pkg/a_test.py pytest.ini", "pkg/a_test.py pytest.ini")]
    [InlineData(
        "poetry run pytest -k 'not slow' tests/test_a.py::test_one",
        "tests/test_a.py tests/test_b.py pyproject.toml",
        "pyproject.toml tests/test_a.py"
    )]
    [InlineData("pytest", "pytest.ini=[pytest]~python_files%=%check_*.py check_a.py a.py", "check_a.py pytest.ini")]
    [InlineData("coverage run -m pytest && coverage report", "test_a.py a.py", "test_a.py")]
    [InlineData("bash -lc 'cd pkg; python3 -m unittest'", "pkg/test_a.py test_b.py", "pkg/test_a.py")]
    [InlineData("if python3 -m unittest; then exit 0; else exit 1; fi", "test_a.py a.py", "test_a.py")]
    [InlineData("sh check.sh", "check.sh=python3%-m%unittest test_a.py a.py", "check.sh test_a.py")]
    [InlineData("./verify.py", "verify.py a.py", "verify.py")]
    [InlineData("python3 tests/run.py", "tests/run.py a.py", "tests/run.py")]
    [InlineData("python3 /workspace/check.py", "check.py a.py", "check.py")]
    [InlineData("python3 prog.py | diff - expected.txt", "prog.py expected.txt", "expected.txt")]
    [InlineData("python3 prog.py > out.txt; cmp out.txt golden/out.txt", "prog.py golden/out.txt", "golden/out.txt")]
    [InlineData("diff out.txt wanted.txt", "out.txt wanted.txt", "")]
    [InlineData("diff actual.txt expected.txt", "actual.txt expected.txt", "expected.txt")]
    [InlineData("./gen | diff answer.txt -", "gen answer.txt", "")]
    [InlineData("sha256sum -c sums.txt", "sums.txt a.bin", "sums.txt")]
    [InlineData("python3 tool.py --golden testdata/golden", "tool.py testdata/golden/a testdata/in", "testdata/golden/a")]
    [InlineData("sh check.sh", "check.sh=python3%tools/compare.py%out%5 tools/compare.py tools/gen.py", "check.sh tools/compare.py")]
    [InlineData("$PY -m unittest", "test_a.py a.py", "test_a.py")]
    [InlineData("make test", "Makefile=PY:=$(shell%which%python3)~test:~\t$(PY)%-m%unittest~ test_a.py a.py", "Makefile test_a.py")]
    [InlineData(
        "make test",
        "Makefile=include%$(sort%$(wildcard%mk/*.mk))~ mk/a.mk=test:~\tpython3%-m%unittest~ test_a.py",
        "Makefile mk/a.mk test_a.py"
    )]
    [InlineData("test \"$(./prog.sh)\" = 42", "prog.sh", "")]
    [InlineData("node app.js", "app.js", "")]
    [InlineData("make test", "Makefile=test:~\tpython3%-m%unittest~ test_a.py a.py", "Makefile test_a.py")]
    [InlineData(
        "make -C sub check",
        "sub/Makefile=PY=python3~check:%unit~unit:~\t@$(PY)%-m%unittest%discover%-s%t~ sub/t/test_a.py a.py",
        "sub/Makefile sub/t/test_a.py"
    )]
    [InlineData("make", "Makefile=include%rules.mk~all:~\ttrue~ rules.mk other.mk", "Makefile rules.mk")]
    [InlineData(
        "npm test",
        "package.json={\"scripts\":{\"test\":\"vitest%run\"}} src/a.ts src/a.test.ts vitest.config.ts",
        "package.json src/a.test.ts vitest.config.ts"
    )]
    [InlineData("node --test", "a.mjs test/a.js b.test.mjs", "b.test.mjs test/a.js")]
    [InlineData(
        "npx jest",
        "src/a.js src/__tests__/a.js src/__snapshots__/a.snap jest.config.js",
        "jest.config.js src/__snapshots__/a.snap src/__tests__/a.js"
    )]
    [InlineData("go test ./...", "a.go a_test.go testdata/x go.mod pkg/b_test.go", "a_test.go go.mod pkg/b_test.go testdata/x")]
    [InlineData("cargo test --offline", "Cargo.toml src/lib.rs tests/it.rs", "Cargo.toml tests/it.rs")]
    [InlineData(
        "dotnet test",
        "App.sln src/App/App.cs tests/App.Tests/AppTests.cs tests/App.Tests/App.Tests.csproj Directory.Build.props",
        "App.sln Directory.Build.props tests/App.Tests/App.Tests.csproj tests/App.Tests/AppTests.cs"
    )]
    [InlineData("mvn -q test", "pom.xml src/main/java/A.java src/test/java/ATest.java", "pom.xml src/test/java/ATest.java")]
    [InlineData("./gradlew test", "gradlew build.gradle src/main/A.java src/test/ATest.java", "build.gradle gradlew src/test/ATest.java")]
    [InlineData("$RUNNER tests", "tests/test_a.py", "")]
    [InlineData("python3 -m unittest # && rm x", "[a]/test_x.py test_y.py", "[a]/test_x.py test_y.py")]
    public void Make_Command_ProtectsWhatDecidesIt(string run, string start, string expected)
    {
        var protection = GuardBench.Plan(run, GuardBench.Parse(start));

        protection.Names.ShouldBe(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        protection.Files.ShouldBe(protection.Names.Count);
    }

    [Fact]
    public void Make_ProtectNone_ProtectsNothing()
    {
        var protection = ProtectionPlan.Make(
            ["test_a.py"],
            [
                new CommandGate
                {
                    Name = "t",
                    Run = "python3 -m unittest",
                    Unprotected = true,
                },
            ],
            new Dictionary<string, string?>(),
            out var wanted
        );

        (protection.Files, protection.Runners.Count, protection.Steering.Count, wanted.Count).ShouldBe((0, 0, 0, 0));
    }

    [Theory]
    [InlineData("\"none\"", 0, true)]
    [InlineData("[\"none\"]", 1, false)]
    public void Read_Protect_NoneIsAWordAndAListIsGlobs(string protect, int globs, bool unprotected)
    {
        using var json = System.Text.Json.JsonDocument.Parse(
            $$"""{ "goal": "g", "workspace": { "files": { "a": "b" } }, "model": { "script": { "replies": [] } }, "gates": [ { "name": "t", "run": "true", "protect": {{protect}} } ], "changes": { "steer": ["conftest.py"] } }"""
        );

        var spec = LoopSpecReader.Read(json.RootElement, SpecOrigin.File("/"));

        (spec.Gates[0].Protect.Count, spec.Gates[0].Unprotected, spec.Changes.Steer?.Count).ShouldBe((globs, unprotected, 1));
    }

    [Fact]
    public void Make_HostileText_Ends()
    {
        var text = string.Concat(Enumerable.Repeat("$(make test) `sh check.sh` \"$(((", 2000));

        var protection = GuardBench.Plan(
            "sh check.sh; make test",
            new Dictionary<string, string> { ["check.sh"] = text, ["Makefile"] = $"test: test\n\t{text}\n" }
        );

        protection.Names.ShouldBe(["Makefile", "check.sh"]);
    }
}
