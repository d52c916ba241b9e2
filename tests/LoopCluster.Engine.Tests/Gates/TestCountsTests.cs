using LoopCluster.Engine.Gates;

namespace LoopCluster.Engine.Tests.Gates;

public class TestCountsTests
{
    [Theory]
    [InlineData("..\n------\nRan 2 tests in 0.001s\n\nOK\n", 2, 0)]
    [InlineData("Ran 3 tests in 0.001s\n\nFAILED (failures=1, errors=1)\n", 3, 2)]
    [InlineData("Ran 1 test in 0.001s\r\n\r\nOK\r\nRan 4 tests in 1.2s\r\n", 5, 0)]
    [InlineData("\u001b[32m===== 3 passed, 1 failed, 2 skipped in 0.10s =====\u001b[0m\n", 4, 1)]
    [InlineData("2 passed in 0.01s\n", 2, 0)]
    [InlineData("1 error in 0.05s\n", 1, 1)]
    [InlineData("test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n", 7, 0)]
    [InlineData("Tests:       1 failed, 4 passed, 5 total\n", 5, 1)]
    [InlineData("      Tests  2 failed | 3 passed (5)\n", 5, 2)]
    [InlineData("Passed!  - Failed:     0, Passed:    84, Skipped:     0, Total:    84, Duration: 1 s - A.dll (net10.0)\n", 84, 0)]
    [InlineData("[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1\n", 4, 2)]
    [InlineData("90% tests passed, 1 tests failed out of 10\n", 10, 1)]
    [InlineData("# tests 3\n# pass 2\n# fail 1\n", 3, 1)]
    [InlineData("  4 passing (12ms)\n  1 failing\n", 5, 1)]
    [InlineData("--- PASS: TestAdd (0.00s)\n    --- FAIL: TestAdd/two (0.00s)\nok  pkg 0.1s\n", 2, 1)]
    public void Of_ReportOfARunner_IsCounted(string output, int ran, int failed) =>
        TestCounts.Of(output).ShouldBe(new TestCount(ran, failed));

    [Theory]
    [InlineData("")]
    [InlineData("all is well\n")]
    [InlineData("I Ran 2 tests in 0.001s\n")]
    [InlineData("Ran 99999999999999999999 tests in 1s\n")]
    public void Of_OtherOutput_SaysNothing(string output) => TestCounts.Of(output).ShouldBeNull();
}
