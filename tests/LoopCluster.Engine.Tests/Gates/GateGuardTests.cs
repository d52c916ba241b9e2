using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public sealed class GateGuardTests
{
    private const string Calc = "calc.py test_calc.py .gitignore";
    private const string Tests = "calc.py tests/__init__.py tests/test_calc.py";
    private const string Unit = "python3 -m unittest -v";

    [Theory]
    [InlineData(Calc, "native.so", "native.so")]
    [InlineData(Calc, "lib/helper.jar", "lib/helper.jar")]
    [InlineData(Calc, ".github/workflows/test.yml", ".github/workflows/test.yml")]
    [InlineData(Calc + " .github/workflows/test.yml", "-.github/workflows/test.yml", ".github/workflows/test.yml")]
    [InlineData(Calc + " pytest.ini", "pytest.ini=[pytest]", "pytest.ini")]
    [InlineData(Calc, "deep/sitecustomize.py", "deep/sitecustomize.py")]
    [InlineData(Calc, "calc.py=mended test_more.py README.md docs/Makefile Dockerfile .github/ISSUE_TEMPLATE.md", "")]
    [InlineData(Calc + " data.jar", "calc.py=mended", "")]
    public void Review_WhatNobodyReadsOrVerifiesElsewhere_IsForAPersonOnceOneIsAsked(string start, string change, string steering)
    {
        string.Join(' ', GuardBench.Judge(Unit, start, change, reviews: true).Steering).ShouldBe(steering);
        GuardBench.Judge(Unit, start, change, steer: ["**/*.{so,jar,yml,ini}", "deep/**"], reviews: true).Steering.ShouldBeEmpty();
    }

    [Fact]
    public void Review_ProgramThatIsNoText_IsForAPerson()
    {
        var file = new GuardedFile("test_calc", InBase: false, InChange: true, Differs: true, IsLink: false) { IsBinary = true };
        new GateGuard([], new Protection(), reviews: true).Review([file]).Steering.ShouldBe(["test_calc"]);
        new GateGuard([], new Protection()).Review([file]).Steering.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Unit, Calc, "test_calc.py=pass", "test_calc.py")]
    [InlineData(Unit, Calc, "-test_calc.py", "test_calc.py")]
    [InlineData(Unit, Calc, "test_calc.py@", "test_calc.py")]
    [InlineData(Unit, Calc, "-test_calc.py test_calc.py/__init__.py", "test_calc.py")]
    [InlineData(Unit, Calc, "test_calc/__init__.py", "test_calc/__init__.py")]
    [InlineData(Unit, Calc, "test_calc/__init__.cpython-311-x86_64-linux-gnu.so", "test_calc/__init__.cpython-311-x86_64-linux-gnu.so")]
    [InlineData(Unit, Calc, "test_calc.cpython-311-x86_64-linux-gnu.so", "test_calc.cpython-311-x86_64-linux-gnu.so")]
    [InlineData(Unit, Calc, "test_calc.abi3.so", "test_calc.abi3.so")]
    [InlineData(Unit, Calc, "test_calc.pyc", "test_calc.pyc")]
    [InlineData(Unit, Calc, "__pycache__/test_calc.cpython-311.pyc", "__pycache__/test_calc.cpython-311.pyc")]
    [InlineData(
        Unit,
        Calc,
        "__pycache__/.gitignore __pycache__/test_calc.cpython-311.pyc",
        "__pycache__/.gitignore __pycache__/test_calc.cpython-311.pyc"
    )]
    [InlineData(Unit, Tests, "-tests/__init__.py -tests/test_calc.py tests@ mine/test_calc.py", "tests/__init__.py tests/test_calc.py")]
    [InlineData(Unit, "calc.py tests/test_calc.py", "tests.py", "tests.py")]
    [InlineData(Unit, "calc.py tests/test_calc.py tests/helper.py", "tests/helper.py=lie", "tests/helper.py")]
    [InlineData("pytest", "a.py tests/test_a.py tests/conftest.py", "tests/conftest.py=hook", "tests/conftest.py")]
    [InlineData("pytest", "a.py test_a.py pytest.ini", "pytest.ini=[pytest]~addopts=--co", "pytest.ini")]
    [InlineData(
        "pytest",
        "a.py test_a.py pyproject.toml=[project]~",
        "pyproject.toml=[project]~[tool.pytest.ini_options]~addopts='--co'",
        "pyproject.toml"
    )]
    [InlineData(
        "pytest",
        "a.py test_a.py pyproject.toml=[project]~",
        "pyproject.toml=tool.pytest.ini_options.addopts='--co'",
        "pyproject.toml"
    )]
    [InlineData("pytest", "a.py test_a.py setup.cfg=[metadata]~", "setup.cfg=[tool:pytest]~addopts=--co", "setup.cfg")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~", "Makefile=test:~\t:", "Makefile")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~", "-Makefile", "Makefile")]
    [InlineData("make test", "a.c rules.mk Makefile=include%rules.mk~test:~\ttrue~", "rules.mk=test:~\t:", "rules.mk")]
    [InlineData("sh run.sh", "run.sh a.py", "run.sh=exit%0", "run.sh")]
    [InlineData("python3 check.py && python3 check2.py", "check.py check2.py prog.py", "check2.py=print(0)", "check2.py")]
    [InlineData(
        "npm test",
        "package.json={\"scripts\":{\"test\":\"jest\"}} a.test.js",
        "package.json={\"scripts\":{\"test\":\"true\"}}",
        "package.json"
    )]
    [InlineData(
        "npm test",
        "package.json={\"scripts\":{\"test\":\"jest\"}} a.test.js",
        "package.json={\"scripts\":{\"test\":\"jest\"},\"devDependencies\":{\"jest\":\"file:./fake\"}}",
        "package.json"
    )]
    [InlineData("npx jest", "package.json={} a.test.ts", "a.test.js", "a.test.js")]
    [InlineData("npx vitest", "package.json={} test/help.ts test/a.test.ts", "test/help.mjs", "test/help.mjs")]
    [InlineData("npx vitest run", "a.js __snapshots__/a.snap", "__snapshots__/a.snap=new", "__snapshots__/a.snap")]
    [InlineData("node --test", "a.js test/index.js", "test.js", "test.js")]
    [InlineData("npx vitest", "a.test.js", "node_modules/.vite/x node_modules/.cache/y", "node_modules/.cache/y node_modules/.vite/x")]
    [InlineData("go test ./...", "go.mod a.go a_test.go", "a_test.go=package%a", "a_test.go")]
    [InlineData("go test ./...", "go.mod=module%a~ a.go a_test.go", "go.mod=module%a~replace%x%=>%./fake", "go.mod")]
    [InlineData("cargo test", "Cargo.toml=[package] src/lib.rs tests/a.rs", "Cargo.toml=[package]~[[test]]~harness=false", "Cargo.toml")]
    [InlineData(
        "cargo test",
        "Cargo.toml=[package] src/lib.rs tests/a.rs",
        "target/debug/deps/a target/debug/.fingerprint/a/x",
        "target/debug/.fingerprint/a/x target/debug/deps/a"
    )]
    [InlineData(
        "dotnet test",
        "A.Tests/ATests.cs A.Tests/A.Tests.csproj A/A.cs",
        "-A.Tests/ATests.cs A.Tests/A.Tests.csproj=<Project/>",
        "A.Tests/A.Tests.csproj A.Tests/ATests.cs"
    )]
    [InlineData(
        "mvn test",
        "pom.xml src/test/java/ATest.java",
        "pom.xml=<skipTests/> target/test-classes/ATest.class",
        "pom.xml target/test-classes/ATest.class"
    )]
    public void Review_TouchesWhatTheGateRestsOn_TheBaseCounts(string run, string start, string change, string restored)
    {
        var judged = GuardBench.Judge(run, start, change);

        judged.Restored.ShouldBe(restored.Split(' ').Order(StringComparer.Ordinal));
        judged.Steering.Except(["test_calc.py/__init__.py"]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(Unit, Calc, "sitecustomize.py usercustomize.py", "sitecustomize.py usercustomize.py")]
    [InlineData(Unit, Calc, "pkg/sitecustomize.py", "pkg/sitecustomize.py")]
    [InlineData(Unit, Calc, "unittest.py", "unittest.py")]
    [InlineData(Unit, Calc, "unittest/__init__.py unittest/case.py", "unittest/__init__.py")]
    [InlineData(Unit, Calc, "json.py", "json.py")]
    [InlineData(Unit, Calc, "random.cpython-311-x86_64-linux-gnu.so", "random.cpython-311-x86_64-linux-gnu.so")]
    [InlineData(Unit, Calc, "_collections_abc.py", "_collections_abc.py")]
    [InlineData(Unit, Calc, "evil.pth", "evil.pth")]
    [InlineData(Unit, Calc, "re@ mine/__init__.py", "re")]
    [InlineData(Unit, Calc, "unittest@", "unittest")]
    [InlineData("PYTHONPATH=code python3 -m unittest", "code/a.py test_a.py", "code/traceback.py", "code/traceback.py")]
    [InlineData("python3 -m unittest discover -s tests", Tests, "tests/signal.py", "tests/signal.py")]
    [InlineData("python3 test_calc.py", Calc, "argparse.py", "argparse.py")]
    [InlineData("python3 checks/check.py", "checks/check.py a.py", "checks/subprocess.py", "checks/subprocess.py")]
    [InlineData(Unit, Calc, "checks/__init__.py=def%load_tests(a,b,c):%pass", "checks/__init__.py")]
    [InlineData(Unit, "checks/__init__.py=x=1 checks/test_a.py", "checks/__init__.py=from%x%import%load_tests", "checks/__init__.py")]
    [InlineData(
        "python3 -m unittest discover -s tests -t .",
        "a.py tests/test_a.py",
        "tests/__init__.py=def%load_tests(a,b,c):%pass",
        "tests/__init__.py"
    )]
    [InlineData("python3 -m unittest discover -s tests", "calc.py tests/test_calc.py test_x.py", "tests/json.py", "tests/json.py")]
    [InlineData(
        "python3 -m unittest; python3 -m unittest discover -s tests",
        "calc.py tests/test_calc.py",
        "tests/calc.py",
        "tests/calc.py"
    )]
    [InlineData("pytest", "calc.py tests/test_calc.py", "tests/calc/__init__.py", "tests/calc/__init__.py")]
    [InlineData("pytest", Tests, "evil-1.0.dist-info/entry_points.txt=[pytest11]~e=evil", "evil-1.0.dist-info/entry_points.txt")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~-include%$(wildcard%*.mk)~", "evil.mk", "evil.mk")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~-include%$(call%parts,x)~", "sub/evil.mk", "sub/evil.mk")]
    [InlineData("pytest", Tests, "conftest.py", "conftest.py")]
    [InlineData("pytest", Tests, "tests/conftest.py", "tests/conftest.py")]
    [InlineData("pytest", Tests, "pytest.py", "pytest.py")]
    [InlineData("pytest", Tests, "_pytest/__init__.py", "_pytest/__init__.py")]
    [InlineData("pytest", Tests, "pytest.ini", "pytest.ini")]
    [InlineData("pytest", Tests, "tests/pytest.ini", "tests/pytest.ini")]
    [InlineData("pytest", Tests, "tox.ini=[pytest]~addopts=--co", "tox.ini")]
    [InlineData("pytest", Tests, "pyproject.toml=[tool.pytest.ini_options]~", "pyproject.toml")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~", "GNUmakefile", "GNUmakefile")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~", "makefile", "makefile")]
    [InlineData("make test", "a.c Makefile=-include%local.mk~test:~\ttrue~", "local.mk", "local.mk")]
    [InlineData("make test", "a.c Makefile=-include%mk/*.mk~test:~\ttrue~", "mk/evil.mk", "mk/evil.mk")]
    [InlineData("npx jest", "a.js a.test.js", "jest.config.js", "jest.config.js")]
    [InlineData("npx vitest", "a.js a.test.js", "vitest.config.ts vite.config.mjs", "vite.config.mjs vitest.config.ts")]
    [InlineData("npx mocha", "a.js test/a.js", ".mocharc.json", ".mocharc.json")]
    [InlineData("npm test", "package.json={\"scripts\":{\"test\":\"node%--test\"}} a.test.js", ".npmrc", ".npmrc")]
    [InlineData(
        "npm test",
        "package.json={\"scripts\":{\"test\":\"jest\"}} a.test.js",
        "node_modules/jest/index.js",
        "node_modules/jest/index.js"
    )]
    [InlineData("go test ./...", "go.mod a.go a_test.go", "go.work", "go.work")]
    [InlineData("go test ./...", "go.mod a.go a_test.go", "b_test.go=package%a~func%TestMain(m%*testing.M)%{}", "b_test.go")]
    [InlineData("cargo test", "Cargo.toml src/lib.rs", ".cargo/config.toml", ".cargo/config.toml")]
    [InlineData("dotnet test", "A.Tests/ATests.cs", "Directory.Build.targets", "Directory.Build.targets")]
    [InlineData("dotnet test", "A.Tests/ATests.cs", "a.runsettings", "a.runsettings")]
    [InlineData("mvn test", "pom.xml src/test/java/ATest.java", ".mvn/jvm.config", ".mvn/jvm.config")]
    [InlineData("sh check.sh", "check.sh=cd%t~python3%-m%pytest t/test_a.py a.py", "t/conftest.py", "t/conftest.py")]
    public void Review_AddsWhatSteersTheRunner_IsNamed(string run, string start, string change, string steering)
    {
        var judged = GuardBench.Judge(run, start, change);

        judged.Steering.ShouldBe(steering.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Unit, Calc, "calc.py=better")]
    [InlineData(Unit, Calc, "calc.py=better test_more.py")]
    [InlineData(Unit, Calc, "calc/__init__.py calc/core.py -calc.py")]
    [InlineData(Unit, Calc, "util/json.py util/__init__.py util/types.py")]
    [InlineData(
        Unit,
        "pkg/__init__.py=x=1 pkg/test_a.py",
        "pkg/__init__.py=x=2 pkg/sub/__init__.py=import%os calc.egg-info/entry_points.txt=[console_scripts]~a=b"
    )]
    [InlineData("pytest", "calc.py tests/test_calc.py", "tests/helper.py -calc.py tests/calc2.py")]
    [InlineData("python3 -m unittest discover -s tests", "calc.py tests/test_calc.py", "src/calc.py calc.py=from%src.calc%import%*")]
    [InlineData(Unit, Calc, "helpers.py data/table.csv README.md .gitignore=build/")]
    [InlineData(Unit, Calc, "test_calc/expected.json")]
    [InlineData(Unit, Calc, "setup.py pyproject.toml=[project]~name='x'")]
    [InlineData(Unit, Tests, "calc.py=better tests/test_more.py tests/data/new.json")]
    [InlineData(Unit, "calc.py tests/test_calc.py", "tests/__init__.py calc.py=better")]
    [InlineData("python3 -m unittest discover -s tests -t .", Tests, "src/calc/__init__.py src/calc/random.py")]
    [InlineData(
        "PYTHONPATH=src pytest",
        "src/pkg/__init__.py tests/test_a.py pyproject.toml=[project]~dependencies=[]",
        "src/pkg/queue.py src/pkg/logging.py pyproject.toml=[project]~dependencies=['x>=1']"
    )]
    [InlineData(
        "pytest",
        "src/pkg/__init__.py tests/test_a.py pyproject.toml=[tool.pytest.ini_options]~x=1~[project]~",
        "pyproject.toml=[tool.pytest.ini_options]~x=1~[project]~version='2'"
    )]
    [InlineData("pytest", "a.py test_a.py", "tests/unit/test_b.py tests/unit/__init__.py tests/__init__.py tests/unit/helpers.py")]
    [InlineData("pytest", "a.py test_a.py", "setup.cfg=[metadata]~name=x pyproject.toml=[project]~name='x'")]
    [InlineData("pytest", "random.py test_a.py", "random.py=better")]
    [InlineData("make test", "a.c a.h Makefile=test:%a~\t./a~", "a.c=better b.c b.h tests/new.c")]
    [InlineData("make test", "a.c Makefile=test:~\ttrue~", "docs/Makefile sub/GNUmakefile")]
    [InlineData("make test", "calc.py test_calc.py Makefile=test:~\tpython3%-m%unittest~", "calc.py=better mod.py")]
    [InlineData("python3 prog.py | diff - expected", "prog.py expected", "prog.py=better lib.py")]
    [InlineData("node --test", "a.mjs a.test.mjs package.json={\"type\":\"module\"}", "a.mjs=better b.mjs b.test.mjs")]
    [InlineData(
        "npm test",
        "package.json={\"scripts\":{\"test\":\"node%--test\"}} a.js test/a.js",
        "package.json={\"scripts\":{\"test\":\"node%--test\"},\"dependencies\":{\"x\":\"^1\"}} lib/index.js lib/util.js"
    )]
    [InlineData("npx jest", "src/a.ts src/a.test.ts", "src/a.ts=better src/b.tsx src/b.test.tsx src/index.ts")]
    [InlineData("npx vitest run", "src/a.ts src/a.test.ts package.json={}", "src/c.json src/a.ts=better .env.example")]
    [InlineData(
        "go test ./...",
        "go.mod=module%a~ a.go a_test.go",
        "a.go=better b.go b_test.go=package%a~func%TestB(t%*testing.T)%{} go.mod=module%a~require%x%v1 internal/x/x.go"
    )]
    [InlineData(
        "cargo test",
        "Cargo.toml=[package]~ src/lib.rs tests/a.rs",
        "src/lib.rs=better src/util.rs tests/b.rs Cargo.toml=[package]~[dependencies]~serde='1' Cargo.lock"
    )]
    [InlineData(
        "dotnet test",
        "A/A.cs A/A.csproj A.Tests/ATests.cs A.Tests/A.Tests.csproj",
        "A/A.cs=better A/B.cs A/A.csproj=<x/> A.Tests/BTests.cs"
    )]
    [InlineData(
        "mvn test",
        "pom.xml src/main/java/A.java src/test/java/ATest.java",
        "src/main/java/A.java=better src/main/java/B.java src/test/java/BTest.java"
    )]
    [InlineData("sh check.sh", "check.sh=python3%prog.py%|%grep%-q%ok prog.py", "prog.py=better data.txt")]
    [InlineData("bash run_tests.sh", "run_tests.sh=python3%-m%pytest a.py tests/test_a.py", "a.py=better b.py -old.txt")]
    [InlineData("test -f done.txt", "a.txt", "done.txt")]
    [InlineData("grep -q ok a.txt", "a.txt", "a.txt=ok")]
    public void Review_HonestChange_CountsAsItIs(string run, string start, string change)
    {
        var judged = GuardBench.Judge(run, start, change);

        judged.Steering.ShouldBeEmpty();
        judged.Restored.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("pytest", "conftest.py", true)]
    [InlineData("pytest", "tests/pytest.ini", true)]
    [InlineData("pytest", "pyproject.toml", true)]
    [InlineData("pytest", "build/x/pyproject.toml", false)]
    [InlineData("pytest", "pkg/__init__.py", false)]
    [InlineData("pytest", "out/report.xml", false)]
    [InlineData("pytest", "tests/test_a.py", true)]
    [InlineData("make test", "local.mk", true)]
    [InlineData("npm test", "package.json", false)]
    [InlineData("npm test", "node_modules/.vite/x", false)]
    [InlineData("npm test", "vitest.config.ts", true)]
    public void Watch_AppearsWhileTheGateRuns_IsNoticedWhenItSteers(string run, string path, bool isNoticed)
    {
        const string Start =
            "a.py tests/test_a.py Makefile=test:~\ttrue~-include%local.mk~ package.json={\"scripts\":{\"test\":\"vitest%run\"}}";
        var start = GuardBench.Parse(Start);
        var guard = new GateGuard([], GuardBench.Plan(run, start));
        string[] kept = [.. start.Keys.Where(k => guard.IsKept(k, false))];

        guard.Watch(kept, start.ContainsKey)(path).ShouldBe(isNoticed || kept.Contains(path));
    }

    [Theory]
    [InlineData("conftest.py", "conftest.py")]
    [InlineData("tests/conftest.py pytest.ini", "{tests/conftest.py,pytest.ini}")]
    [InlineData("tests/test_calc.py=new", "tests/*.py")]
    public void Review_AllowedInTheSpec_Counts(string change, string steer)
    {
        var judged = GuardBench.Judge("pytest", Tests, change, steer: [steer]);

        (judged.Steering.Count, judged.Restored.Count).ShouldBe((0, 0));
    }

    [Fact]
    public void Review_ProtectInTheSpec_DropsAdditionsToo()
    {
        GuardBench.Judge(Unit, Calc, "test_more.py calc.py=better", protect: ["test_*.py"]).Restored.ShouldBe(["test_more.py"]);
    }

    [Fact]
    public void Review_LoopOfAnEarlierVersion_KnowsNothingButProtect()
    {
        var files = new[]
        {
            new LoopCluster.Engine.Gates.GuardedFile("unittest.py", false, true, true, false),
            new LoopCluster.Engine.Gates.GuardedFile("t.py", true, false, true, false),
        };

        var review = new LoopCluster.Engine.Gates.GateGuard(["t.py"]).Review(files);

        (review.Restored.Single(), review.Steering.Count).ShouldBe((1, 0));
    }
}
