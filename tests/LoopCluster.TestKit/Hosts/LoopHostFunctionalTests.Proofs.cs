using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.TestKit.Disks;

namespace LoopCluster.TestKit.Hosts;

/// <summary>What an ended loop leaves to be shown to others.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Run_Verified_ProofAndDeliveredCommitNameEachOther()
    {
        var repository = Files.Repository("repo", ("readme.txt", "hello\n"));
        var state = await RunAsync(Spec($"[ {Write("41")}, {Write("42")} ]", workspace: $"{{ path: {repository} }}"));
        var delivered = state.Verified.ShouldNotBeNull().Delivered.ShouldNotBeNull();

        var (statement, payload) = await StatementAsync(state.Id);

        statement.IsProof.ShouldBeTrue();
        (statement.Commit, statement.Tree).ShouldBe((delivered.Commit, delivered.Tree));
        TestFiles.Git(repository, "rev-parse", $"{state.Verified.Branch}^{{tree}}").Trim().ShouldBe(statement.Tree);
        var predicate = payload[(payload.IndexOf("\"predicate\":", StringComparison.Ordinal) + 12)..^1];
        var trailers = TestFiles.Git(repository, "log", "-1", "--format=%(trailers:only,unfold)", state.Verified.Branch!).Trim();
        trailers.ShouldBe($"Loop: {state.Id}\nProof: sha256:{Sha256(Encoding.UTF8.GetBytes(predicate))}\nGate: answer (exit code 0)");

        var said = statement.Predicate;
        (said.Loop, said.Tenant, said.Outcome).ShouldBe((state.Id.Value, "tests", LoopStatus.Verified));
        (said.Change!.Files, said.Change.Lines).ShouldBe((delivered.Files, delivered.Lines));
        (said.Base!.Commit, said.FailedAttempts.ShouldHaveSingleItem().Attempt, said.Spend.Turns).ShouldBe((state.Base.Commit, 1, 2));
        said.Gates.ShouldHaveSingleItem().GateTree.ShouldBe(delivered.Tree);
        said.Routing.Sum(b => b.Cost).ShouldBe(state.Spend.Cost);
        (await EntriesAsync(state.Id)).Single(e => e.Seq == said.Ledger.Events).ShouldNotBeNull();
        await ShouldHaveFilesAsync(state.Id, said, "change.patch", "logs/01-answer.txt");
    }

    [SkippableFact]
    public async Task Run_NotVerified_LeavesASignedReport()
    {
        var state = await RunAsync(Spec($"[ {Write("41")} ]", "budget: { attempts: 1 }"));

        var (statement, _) = await StatementAsync(state.Id);

        (statement.IsProof, statement.Predicate.Outcome).ShouldBe((false, LoopStatus.BudgetExhausted));
        (statement.Tree, statement.Commit).ShouldBe((state.Workspace.Tree, state.Workspace.Commit));
        statement.Predicate.Ledger.ShouldBe(new ProofLedger(state.Seq, state.Head.ToString()));
        statement.Predicate.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("AssertionError: answer.txt lacks 42");
        await ShouldHaveFilesAsync(state.Id, statement.Predicate, "logs/01-answer.txt");
    }

    [SkippableFact]
    public async Task Run_BaseCannotBeRead_TheReportIsAboutTheLedger()
    {
        var repository = Files.Repository("repo", ("readme.txt", "hello\n"));
        var state = await RunAsync(Spec($"[ {Write("42")} ]", workspace: $"{{ path: {repository}, ref: nosuch }}"));

        var (statement, _) = await StatementAsync(state.Id);

        (state.Status, statement.Predicate.Outcome, statement.Tree).ShouldBe((LoopStatus.Rejected, LoopStatus.Rejected, null));
        statement.Subject.ShouldHaveSingleItem().Digest["sha256"].ShouldBe(state.Head.ToString());
    }

    [SkippableFact]
    public async Task ReadProof_LoopThatHasNotEnded_IsNull()
    {
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {Write("42")} ]"));
        await Shell.Held.WaitAsync(Patient);

        (await Host.ReadProofAsync(loop, Patient)).ShouldBeNull();
        (await Host.ReadProofFileAsync(loop, "change.patch", Patient)).ShouldBeNull();

        Shell.Release();
        (await RestAsync(loop)).Status.ShouldBe(LoopStatus.Verified);
    }

    private async Task<(ExitStatement Statement, string Payload)> StatementAsync(LoopId loop)
    {
        var file = (await Host.ReadProofAsync(loop, Patient)).ShouldNotBeNull();
        var envelope = DsseEnvelope.Read(file.Span, out var fault).ShouldNotBeNull(fault);
        var statement = ExitStatement.Read(envelope.Payload.Span, out fault).ShouldNotBeNull(fault);
        statement.Predicate.Key.ShouldBe(envelope.KeyId);
        return (statement, Encoding.UTF8.GetString(envelope.Payload.Span));
    }

    private async Task ShouldHaveFilesAsync(LoopId loop, ExitPredicate predicate, params string[] names)
    {
        predicate.Files().Select(f => f.File).ShouldBe(names);
        foreach (var file in predicate.Files())
        {
            var content = (await Host.ReadProofFileAsync(loop, file.File, Patient)).ShouldNotBeNull();
            (Sha256(content.Span), (long)content.Length).ShouldBe((file.Sha256, file.Bytes));
        }

        (await Host.ReadProofFileAsync(loop, "logs/99-none.txt", Patient)).ShouldBeNull();
    }

    private static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
