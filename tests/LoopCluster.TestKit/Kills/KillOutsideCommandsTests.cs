using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.TestKit.Kills;

/// <summary>SIGKILL right after a loop was created, and between the proof's files and the entry that names them.</summary>
public abstract class KillOutsideCommandsTests : KillTests
{
    [SkippableFact]
    public async Task Resume_AfterKillRightAfterCreation_EndsGreen()
    {
        using var loop = (await OpenAsync()).NewCase(SlowScenario.Spec(), containers: false);
        await using (var process = loop.Run("--kill", "after:1"))
        {
            (await process.EndAsync()).ExitCode.ShouldBe(HostProcess.Killed);
        }

        (await loop.EventsAsync()).ShouldHaveSingleItem().ShouldBeOfType<LoopCreated>();
        await loop.ResumeToGreenAsync();
    }

    [SkippableFact]
    public async Task Resume_AfterKillWithProofWrittenAndNotRecorded_ProvesAgain()
    {
        int last;
        using (var whole = (await OpenAsync()).NewCase(SlowScenario.Spec(), containers: false))
        {
            await using var process = whole.Run();
            last = await process.CountWritesAsync();
            (await process.EndAsync()).ExitCode.ShouldBe(ExitCodes.Verified);
        }

        using var loop = (await OpenAsync()).NewCase(SlowScenario.Spec(), containers: false);
        await using (var process = loop.Run("--kill", $"before:{last}"))
        {
            (await process.EndAsync()).ExitCode.ShouldBe(HostProcess.Killed);
        }

        File.Exists(loop.Proof).ShouldBeTrue("the proof is written before the entry that names it");
        (await loop.EventsAsync()).ShouldNotContain(e => e is LoopVerified);

        var events = await loop.ResumeToGreenAsync();
        events.OfType<LoopVerified>().ShouldHaveSingleItem();
        loop.Witnessed($"sandbox start {SlowScenario.Gate}").ShouldBe(2, "a pass that is in the ledger is not asked for again");
        var (result, statement) = ProofVerifier.Verify(loop.Proof, Path.Combine(loop.Data.KeysDirectory, "proof.pub.pem"));
        result.FirstBad.ShouldBeNull();
        statement!.Tree.ShouldBe((await loop.Data.LoadAsync(loop.Id)).Workspace.Tree);
        Directory.EnumerateFileSystemEntries(Path.Combine(loop.Data.Path, "proofs")).ShouldHaveSingleItem();
    }
}
