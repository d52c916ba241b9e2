using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Gates;

public class CanaryPlanTests
{
    private const string Nonce = "loopcluster-canary-0123";

    private static readonly Dictionary<string, string?> Files = new()
    {
        ["calc.py"] = "def add(a, b): return a + b\n",
        ["test_calc.py"] = "import unittest\n",
        ["check.py"] = "import calc\n",
        ["tests/test_more.py"] = "def test_it(): pass\n",
        ["test_suite.py"] = "def load_tests(loader, tests, pattern): return tests\n",
        ["Makefile"] = "test: test_add\n\t./test_add\ntest_add: test_add.c add.c\n\tcc -o $@ $^\nunit:\n\tpython3 -m unittest test_calc\n",
        ["add.c"] = "int add(int a, int b) { return a + b; }\n",
        ["test_add.c"] = "#include <assert.h>\nint main(void) { assert(1); return 0; }\n",
        ["pkg/add_test.go"] = "package pkg\n",
        ["src/lib.rs"] = "#[test]\nfn adds() {}\n",
        ["src/other.rs"] = "fn nothing() {}\n",
        ["tests/Calc.Tests/Calc.Tests.csproj"] = "<Project Sdk=\"Microsoft.NET.Sdk\"><PackageReference Include=\"xunit\" /></Project>",
        ["src/test/java/org/CalcTest.java"] = "package org.calc;\nimport org.junit.jupiter.api.Test;\n",
        ["calc.test.js"] = "const test = require('node:test');\n",
        ["more.test.mjs"] = "import test from 'node:test';\n",
        ["helper.test.js"] = "module.exports = 1;\n",
        ["check.js"] = "require('assert')(true);\n",
        ["verify.js"] = "process.exit(0);\n",
        ["expected.txt"] = "42\n",
        ["package.json"] = """{"scripts":{"test":"jest"}}""",
        ["node_modules/x/calc.test.js"] = "",
    };

    [Theory]
    [InlineData("python3 -m unittest", "unittest", "test_calc.py tests/test_more.py")]
    [InlineData("python3 -m unittest -v test_calc.T.test_add", "unittest", "test_calc.py")]
    [InlineData("make unit", "unittest", "test_calc.py")]
    [InlineData("pytest -q tests -k it", "pytest", "tests/test_more.py")]
    [InlineData("python3 check.py", "script", "check.py")]
    [InlineData("python3 check.py > log.txt && python3 -m unittest test_calc", "unittest", "test_calc.py")]
    [InlineData("make test", "c", "test_add.c")]
    [InlineData("gcc -o t test_add.c add.c && ./t", "c", "test_add.c")]
    [InlineData("go test ./...", "go", "pkg/zzz_loopcluster_canary_test.go")]
    [InlineData("cargo test --release", "cargo", "src/lib.rs")]
    [InlineData("dotnet test", "dotnet", "tests/Calc.Tests/ZzzLoopClusterCanaryTest.cs")]
    [InlineData("mvn -q test", "junit", "src/test/java/org/ZzzLoopClusterCanaryTest.java")]
    [InlineData("node --test", "node:test", "calc.test.js more.test.mjs")]
    [InlineData("node check.js", "node", "check.js")]
    [InlineData("npm test", "jest", "calc.test.js helper.test.js more.test.mjs")]
    [InlineData("python3 calc.py | diff - expected.txt", "comparison", "expected.txt")]
    public void Make_CommandIsRecognised_PutsFailingChecksWhereItsTestsAre(string run, string kind, string paths)
    {
        var plan = Make(new CommandGate { Name = "g", Run = run }).ShouldNotBeNull();

        plan.Kind.ShouldBe(kind);
        plan.Files.Keys.ShouldBe(paths.Split(' '));
        plan.Files.Values.ShouldAllBe(text => text.Contains(Nonce, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("grep -q 42 expected.txt")]
    [InlineData("! python3 -m unittest")]
    [InlineData("if ! python3 check.py; then exit 0; fi; exit 1")]
    [InlineData("python3 check.py | grep -q ok")]
    [InlineData("python3 -m unittest test_suite")]
    [InlineData("go test ./... -run TestOne")]
    [InlineData("cargo test one_test")]
    [InlineData("dotnet test --filter Name=One")]
    [InlineData("node verify.js")]
    [InlineData("node --check check.js")]
    [InlineData("gcc -c test_add.c")]
    [InlineData("make test_add")]
    [InlineData("mvn -q compile")]
    [InlineData("gradle assemble")]
    [InlineData("pytest --collect-only -q")]
    [InlineData("python3 -m py_compile check.py")]
    public void Make_NothingCertainIsKnown_HasNone(string run) => Make(new CommandGate { Name = "g", Run = run }).ShouldBeNull();

    [Fact]
    public void Make_SpecGivesOne_IsThat()
    {
        var given = new Dictionary<string, string> { ["canary.sh"] = "exit 1\n" };

        var plan = Make(
                new CommandGate
                {
                    Name = "g",
                    Run = "./all.sh",
                    Canary = given,
                }
            )
            .ShouldNotBeNull();

        (plan.Kind, plan.Files).ShouldBe(("given", given));
    }

    [Theory]
    [InlineData("FAILED (failures=1)\n", false, null)]
    [InlineData("AssertionError: " + Nonce + "\n", true, null)]
    [InlineData("x\n" + Nonce + " fooled: assertEqual never fails\nmore", true, "assertEqual never fails")]
    public void Read_Output_TellsWhatOurChecksSaid(string output, bool seen, string? fooled)
    {
        var probe = CanaryPlan.Read(Nonce, output);

        (probe.Seen, probe.Fooled).ShouldBe((seen, fooled));
    }

    private static CanaryPlan? Make(CommandGate gate)
    {
        var texts = new Dictionary<string, string?>();
        while (true)
        {
            var plan = CanaryPlan.Make(gate, Files.Keys, texts, Nonce, out var wanted);
            if (wanted.Count == 0)
            {
                return plan;
            }

            foreach (var path in wanted)
            {
                texts[path] = Files[path];
            }
        }
    }
}
