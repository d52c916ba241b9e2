using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public class MissingToolsTests
{
    [Theory]
    [InlineData("python3 -m pytest -q", "/usr/bin/python3: No module named pytest", "pytest")]
    [InlineData("make test", "python3 -m pytest\n/usr/bin/python3: No module named pytest\nmake: *** [Makefile:2: test] Error 1", "pytest")]
    [InlineData("python3 -m pytest.__main__", "/usr/bin/python3: No module named pytest.__main__; x", "pytest.__main__")]
    [InlineData(
        "python3 run.py",
        "Traceback (most recent call last):\n  File \"run.py\", line 1\nModuleNotFoundError: No module named 'pytest'",
        "pytest"
    )]
    [InlineData("./gate.sh || exit 1", "./gate.sh: line 2: cargo: command not found", "cargo")]
    [InlineData("./gate.sh", "./gate.sh: 3: jq: not found", "jq")]
    [InlineData("npm test", "> t@1.0.0 test\n> vitest run\n\nsh: 1: vitest: not found", "vitest")]
    [InlineData("make check", "make: gcc: No such file or directory\nmake: *** [Makefile:2: check] Error 127", "gcc")]
    [InlineData("make check", "make[1]: gcc: No such file or directory", "gcc")]
    [InlineData("./run", "env: 'node': No such file or directory", "node")]
    [InlineData("./run", "/usr/bin/env: \u2018ruby\u2019: No such file or directory", "ruby")]
    [InlineData("go generate", "a.go:3: running \"protoc\": exec: \"protoc\": executable file not found in $PATH", "protoc")]
    [InlineData("node run.js", "Error: Cannot find module 'jest'\nRequire stack:\n- /workspace/run.js", "jest")]
    [InlineData("node run.mjs", "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'vitest' imported from /workspace/run.mjs", "vitest")]
    [InlineData("cargo nextest run", "error: no such command: `nextest`", "nextest")]
    [InlineData("frobnicate --all || exit 1", "sh: 1: frobnicate: not found", "frobnicate")]
    [InlineData("zsh -c run || exit 1", "zsh:1: command not found: tox", "tox")]
    [InlineData("./node_modules/.bin/jest || exit 2", "sh: 1: ./node_modules/.bin/jest: not found", "./node_modules/.bin/jest")]
    [InlineData(
        "python3 check.py",
        "python3: can't open file '/workspace/check.py': [Errno 2] No such file or directory",
        "/workspace/check.py"
    )]
    [InlineData("sh ./gate.sh || exit 1", "sh: 0: cannot open ./gate.sh: No such file", "./gate.sh")]
    [InlineData("bash gate.sh; exit 1", "bash: gate.sh: No such file or directory", "gate.sh")]
    [InlineData("timeout 9 ./gate.sh || exit 1", "timeout: failed to run command './gate.sh': No such file or directory", "./gate.sh")]
    [InlineData("env A=1 ci/check || exit 1", "env: \u2018ci/check\u2019: No such file or directory", "ci/check")]
    [InlineData("timeout 9 jq . a || exit 1", "timeout: failed to run command \u2018jq\u2019: No such file or directory", "jq")]
    [InlineData("zsh -c ./gate.sh || exit 1", "zsh:1: no such file or directory: ./gate.sh", "./gate.sh")]
    [InlineData(
        "node verify.js",
        "Error: Cannot find module '/workspace/verify.js'\n    at Module._resolveFilename",
        "/workspace/verify.js"
    )]
    public void Find_ToolIsNotThere_IsNamed(string run, string output, string name)
    {
        var found = MissingTools.Find(Sample.Spec(), Sample.Gate("g") with { Run = run }, output);

        found.ShouldNotBeNull().Name.ShouldBe(name);
        output.ShouldContain(found.Line);
    }

    [Theory]
    [InlineData("python3 -m unittest", "ModuleNotFoundError: No module named 'fib'")]
    [InlineData(
        "python3 -m unittest -q test_fib",
        "ImportError: Failed to import test module: test_fib\nModuleNotFoundError: No module named 'pytest'\n\nRan 1 test in 0.000s\n\nFAILED (errors=1)"
    )]
    [InlineData("python3 -m fib 5", "/usr/bin/python3: No module named fib")]
    [InlineData("python3 -c 'import shop.pytest_helper'", "ModuleNotFoundError: No module named 'shop.pytest_helper'")]
    [InlineData("python3 fib.py | grep 55", "python3: can't open file '/workspace/fib.py': [Errno 2] No such file or directory")]
    [InlineData("sh hello.sh", "sh: 0: cannot open hello.sh: No such file")]
    [InlineData("sh t.sh", "t.sh: 1: ./fib: not found")]
    [InlineData(". ./lib.sh; add 1 2 | grep 3", "sh: 1: add: not found")]
    [InlineData("bash test.sh", "test.sh: line 3: add: command not found")]
    [InlineData("node --test", "Error: Cannot find module './fib.js'\nRequire stack:\n- /workspace/fib.test.js")]
    [InlineData("node fib.js", "Error: Cannot find module '/workspace/fib.js'")]
    [InlineData("grep -q x a.txt", "grep: a.txt: No such file or directory")]
    [InlineData("cat ok.txt", "cat: ok.txt: No such file or directory")]
    [InlineData("make", "make: *** No rule to make target 'all'.  Stop.")]
    [InlineData("make", "make: *** No targets specified and no makefile found.  Stop.")]
    [InlineData("go test ./...", "./a_test.go:5:7: undefined: Fib\nFAIL\texample.org/a [build failed]")]
    [InlineData("python3 t.py", "FileNotFoundError: [Errno 2] No such file or directory: 'out.json'")]
    [InlineData("python3 -m pytest", "FAILED tests/test_x.py - jq: command not found\n=== 1 failed in 0.1s ===")]
    [InlineData("sh spec.sh", "user git: not found in table")]
    [InlineData("timeout 9 ./fib | grep 3", "timeout: failed to run command './fib': No such file or directory")]
    [InlineData("false", "")]
    public void Find_WhatTheMakerIsToWrite_IsHonestRed(string run, string output) =>
        MissingTools.Find(Sample.Spec(), Sample.Gate("g") with { Run = run }, output).ShouldBeNull();

    [Fact]
    public void Find_TheEvidenceIsThere_TheRunnerRan() =>
        MissingTools
            .Find(Sample.Spec(), Sample.Gate("g") with { Run = "make test", Evidence = "^suite:" }, "suite: 3\nsh: 1: jq: not found")
            .ShouldBeNull();

    [Fact]
    public void Find_CheckThatTheGoalAsksFor_IsHonestRed() =>
        MissingTools
            .Find(
                Sample.Spec() with
                {
                    Goal = "Write check.py",
                },
                Sample.Gate("g") with
                {
                    Run = "python3 check.py",
                },
                "python3: can't open file '/workspace/check.py': [Errno 2] No such file or directory"
            )
            .ShouldBeNull();

    [Fact]
    public void Find_ProtectedScript_TheMakerCannotWriteIt() =>
        MissingTools
            .Find(
                Sample.Spec() with
                {
                    Goal = "Write run.py",
                },
                Sample.Gate("g") with
                {
                    Run = "python3 ci/run.py",
                    Protect = ["ci/**"],
                },
                "python3: can't open file '/workspace/ci/run.py': [Errno 2] No such file or directory"
            )
            .ShouldNotBeNull();

    [Fact]
    public void Find_LongHostileOutput_EndsSoon()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        MissingTools
            .Find(
                Sample.Spec(),
                Sample.Gate("g"),
                string.Concat(Enumerable.Repeat("a: No such file or directory: [Errno 2] 'can't open ", 200_000))
            )
            .ShouldBeNull();
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }
}
