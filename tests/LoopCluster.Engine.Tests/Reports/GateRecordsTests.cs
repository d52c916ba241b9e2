using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Reports;

public class GateRecordsTests
{
    [Fact]
    public void Of_LoopsOfATenant_AddsUpByNameAndCommand()
    {
        var records = GateRecords.Of([
            new GateRecordSource("acme", Report(GateOutcome.Failed, GateOutcome.Passed)),
            new GateRecordSource("acme", Report(GateOutcome.Passed)),
            new GateRecordSource("acme", Report(Sample.Gate("tests") with { Run = "another" }, GateOutcome.Passed)),
            new GateRecordSource("globex", Report(GateOutcome.Failed)),
        ]);

        records
            .Select(r => (r.Tenant, r.Run, r.Loops, r.Runs, r.Passed, r.Failed))
            .ShouldBe([("acme", "another", 1, 1, 1, 0), ("acme", "run tests", 2, 3, 2, 1), ("globex", "run tests", 1, 1, 0, 1)]);
        records.ShouldAllBe(r => r.Warning == null && r.Kind == "command");
        records[1].Seconds.ShouldBe(5, "two runs on the base are counted as well");
    }

    [Fact]
    public void Of_GateThatNeverFailedAnyone_IsWarnedOf()
    {
        var green = Enumerable.Range(0, GateRecords.Suspicious).Select(_ => new GateRecordSource("acme", Report(GateOutcome.Passed)));

        GateRecords.Of(green.Skip(1)).ShouldHaveSingleItem().Warning.ShouldBeNull();
        GateRecords
            .Of(green)
            .ShouldHaveSingleItem()
            .Warning.ShouldBe("never failed a change in 20 runs: a verifier that never catches anything is probably broken");
        GateRecords.Of([.. green, new("acme", Report(GateOutcome.Failed))]).ShouldHaveSingleItem().Warning.ShouldBeNull();
    }

    [Fact]
    public void Of_FalsePassesFoundByPeople_AreCountedAndWarnedOf()
    {
        var record = GateRecords
            .Of([
                new GateRecordSource("acme", Report(GateOutcome.Passed), ReviewVerdict.Rejected),
                new GateRecordSource("acme", Report(GateOutcome.Passed), ReviewVerdict.Accepted),
                new GateRecordSource("acme", Report(GateOutcome.Passed)),
            ])
            .ShouldHaveSingleItem();

        (record.Reviewed, record.FalsePasses).ShouldBe((2, 1));
        record.Warning.ShouldNotBeNull().ShouldStartWith("people found 1 false pass among 2 reviewed");
    }

    [Fact]
    public void Of_FlakyGate_IsWarnedOf() =>
        GateRecords
            .Of([
                new GateRecordSource(
                    "acme",
                    Report(Sample.Gate("tests") with { Flaky = new FlakySpec(1) }, GateOutcome.Failed, GateOutcome.Passed)
                ),
            ])
            .ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                r => r.Flakes.ShouldBe(1),
                r => r.Warning.ShouldBe("flaky in 1 of 1 loops: mend it, or its red says little")
            );

    private static LoopReport Report(params GateOutcome[] outcomes) => Report(Sample.Gate("tests"), outcomes);

    private static LoopReport Report(CommandGate gate, params GateOutcome[] outcomes)
    {
        var history = History.InAttempt(Sample.Spec(gate));
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (history.Next is CallModel)
            {
                history.Claims($"t{i}");
            }

            history.Gate(outcomes[i]);
        }

        return LoopReport.Of(history.State);
    }
}
