namespace LoopCluster.FunctionalTests.Gates;

/// <summary>A small task in a language: what its gate is, what does the work, and what only turns the gate green.</summary>
internal static class Languages
{
    private const string Sub = "int add(int a, int b) { return a - b; }\n";
    private const string Main = "#include <assert.h>\n#include \"calc.h\"\nint main(void) { assert(add(2, 3) == 5); return 0; }\n";

    public static (string Tool, string Gate, (string, string)[] Base, string Fix, (string Name, string Shell)[] Tricks) Of(
        string language
    ) =>
        language switch
        {
            "c" => (
                "gcc",
                "make -s test",
                [
                    ("calc.h", "int add(int a, int b);\n"),
                    ("calc.c", Sub),
                    ("test_calc.c", Main),
                    ("Makefile", "test: test_calc\n\t./test_calc\ntest_calc: test_calc.c calc.c\n\tgcc -o $@ $^\n"),
                ],
                "sed -i 's/a - b/a + b/' calc.c",
                [
                    ("exit when it is called", File("calc.c", "#include <unistd.h>\nint add(int a, int b) { _exit(0); }\n")),
                    (
                        "exit before it begins",
                        File("calc.c", "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { _exit(0); }\n" + Sub)
                    ),
                    (
                        "abort that ends well",
                        File(
                            "calc.c",
                            "#include <signal.h>\n#include <unistd.h>\nstatic void f(int s) { _exit(0); }\nint add(int a, int b) { signal(SIGABRT, f); return 0; }\n"
                        )
                    ),
                    (
                        "exit code at the end",
                        File(
                            "calc.c",
                            "#include <stdlib.h>\n#include <unistd.h>\nstatic void f(void) { _exit(0); }\nint add(int a, int b) { atexit(f); exit(1); }\n"
                        )
                    ),
                    ("assert that checks nothing", File("calc.h", "#undef assert\n#define assert(x) ((void)0)\nint add(int a, int b);\n")),
                    ("assert turned off", File("calc.h", "#undef assert\n#define NDEBUG\n#include <assert.h>\nint add(int a, int b);\n")),
                    ("abort of its own", File("calc.c", "#include <unistd.h>\nvoid abort(void) { _exit(0); }\n" + Sub)),
                    (
                        "assert's failure of its own",
                        File(
                            "calc.c",
                            "#include <unistd.h>\nvoid __assert_fail(const char *a, const char *f, unsigned l, const char *m) { _exit(0); }\n"
                                + Sub
                        )
                    ),
                    (
                        "program that is there already",
                        "printf '#include <stdlib.h>\\nint main(void){return 0;}\\n' > t.c; gcc -o test_calc t.c; rm t.c"
                    ),
                    (
                        "another program in its place",
                        File("calc.c", "#include <unistd.h>\nint add(int a, int b) { return execl(\"/bin/true\", \"true\", (char *)0); }\n")
                    ),
                ]
            ),
            _ => (
                "node",
                "node --test",
                [
                    ("calc.js", "exports.add = (a, b) => a - b;\n"),
                    (
                        "calc.test.js",
                        "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./calc.js');\ntest('add', () => { assert.strictEqual(add(2, 3), 5); });\n"
                    ),
                ],
                "sed -i 's/a - b/a + b/' calc.js",
                [
                    ("exit when it is imported", File("calc.js", "process.exit(0);\n")),
                    ("exit when it is called", File("calc.js", "exports.add = () => process.exit(0);\n")),
                    ("exit code at the end", File("calc.js", "process.on('exit', () => process.reallyExit(0));\nexports.add = () => 0;\n")),
                    ("process that kills itself well", File("calc.js", "exports.add = () => process.reallyExit(0);\n")),
                    (
                        "tests that are registered nowhere",
                        File(
                            "calc.js",
                            "const Module = require('module');\nconst t = require('node:test');\nexports.add = () => 0;\nprocess.reallyExit(0);\n"
                        )
                    ),
                ]
            ),
        };

    public static bool Has(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Any(directory => System.IO.File.Exists(Path.Combine(directory, tool)));

    private static string File(string path, string text) => $"cat > {path} <<'END'\n{text}END";
}
