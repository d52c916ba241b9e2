using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Engine.Tests.Histories;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Proofs;

public sealed class ExitStatementTests
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "Proofs");

    public static TheoryData<string> Names => [.. HistoryFiles.Names];

    /// <summary>The signed bytes of the same loop are the same for ever: another version may add members to new ones only.</summary>
    [Theory]
    [InlineData("red-fix-green")]
    [InlineData("gate-flaky")]
    [InlineData("simulated-verified")]
    [InlineData("simulated-stuck")]
    [InlineData("simulated-budget")]
    [InlineData("import-refused")]
    public void ToBytes_GoldenHistory_AreWhatTheyWere(string name)
    {
        var file = Path.Combine(Goldens, name + ".json");
        var payload = Of(HistoryFiles.Fold(HistoryFiles.Read(name))).ToBytes();
        if (Environment.GetEnvironmentVariable("LOOPCLUSTER_PROOFS") is { Length: > 0 } directory)
        {
            File.WriteAllBytes(Path.Combine(directory, name + ".json"), [.. payload, (byte)'\n']);
            return;
        }

        Encoding.UTF8.GetString(payload).ShouldBe(File.ReadAllText(file).TrimEnd('\n'));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_WhatWasWritten_SaysTheSame(string name)
    {
        var statement = Of(HistoryFiles.Fold(HistoryFiles.Read(name)));

        var read = ExitStatement.Read(statement.ToBytes(), out var fault);

        fault.ShouldBeNull();
        read.ShouldNotBeNull().ToBytes().ShouldBe(statement.ToBytes());
        (read.Tree, read.Commit, read.IsProof).ShouldBe((statement.Tree, statement.Commit, statement.IsProof));
    }

    /// <summary>Whoever has the payload finds the predicate's bytes without a JSON writer.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void HashOf_Predicate_IsThatOfItsBytesInThePayload(string name)
    {
        var statement = Of(HistoryFiles.Fold(HistoryFiles.Read(name)));
        var payload = Encoding.UTF8.GetString(statement.ToBytes());
        var predicate = payload[(payload.IndexOf("\"predicate\":", StringComparison.Ordinal) + 12)..^1];

        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(predicate))).ShouldBe(ExitStatement.HashOf(statement.Predicate));
    }

    /// <summary>The bills are the spend, told apart.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Bills_OfALoop_AddUpToItsSpend(string name)
    {
        var state = HistoryFiles.Fold(HistoryFiles.Read(name));

        state.Bills.Sum(b => b.Cost).ShouldBe(state.Spend.Cost);
        state.Bills.Sum(b => b.CostAssumed).ShouldBe(state.Spend.CostAssumed);
        state.Bills.Sum(b => b.Replies).ShouldBe(state.Spend.Turns);
        (state.Bills.Sum(b => b.TokensIn), state.Bills.Sum(b => b.TokensOut), state.Bills.Sum(b => b.TokensCached)).ShouldBe(
            (state.Spend.TokensIn, state.Spend.TokensOut, state.Spend.TokensCached)
        );
        state.Bills.Select(b => (b.Agent, b.Model, b.Tier, b.Cause)).ShouldBeUnique();
    }

    /// <summary>So are the days.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Days_OfALoop_AddUpToItsSpend(string name)
    {
        var state = HistoryFiles.Fold(HistoryFiles.Read(name));

        (state.Days.Sum(d => d.Turns), state.Days.Sum(d => d.Cost), state.Days.Sum(d => d.CostAssumed)).ShouldBe(
            (state.Spend.Turns, state.Spend.Cost, state.Spend.CostAssumed)
        );
        (state.Days.Sum(d => d.TokensIn), state.Days.Sum(d => d.TokensOut), state.Days.Sum(d => d.TokensCached)).ShouldBe(
            (state.Spend.TokensIn, state.Spend.TokensOut, state.Spend.TokensCached)
        );
        state.Days.Sum(d => d.SandboxSeconds).ShouldBe(state.Spend.SandboxSeconds, 0.000001);
        state.Days.Select(d => d.Day).ShouldBeInOrder();
    }

    [Fact]
    public void Report_WithoutABase_IsAboutTheLedger()
    {
        var state = HistoryFiles.Fold(HistoryFiles.Read("import-refused"));

        var report = Of(state);

        report.PredicateType.ShouldBe(ExitStatement.ReportType);
        report.Predicate.Outcome.ShouldBe(LoopStatus.Rejected);
        report.Subject.ShouldHaveSingleItem().Digest.ShouldBe(new Dictionary<string, string> { ["sha256"] = state.Head.ToString() });
        (report.Tree, report.Commit, report.Predicate.Base).ShouldBe((null, null, null));
    }

    public static TheoryData<string, string, string> Contradictions =>
        new()
        {
            { "https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v2", "its type" },
            { "exit-proof/v1", "exit-proof/v2", "neither a proof nor a report" },
            { "exit-proof/v1", "exit-report/v1", "a report of an outcome" },
            { "\"outcome\":\"verified\"", "\"outcome\":\"stuck\"", "a proof of an outcome" },
            { "\"outcome\":\"passed\"", "\"outcome\":\"failed\"", "did not pass" },
            { "gitCommit", "sha1", "has to name commit" },
            { "{\"gitTree\":\"t9", "{\"gitTree\":\"other", "another tree" },
            { "\"tenant\":\"default\",", "", "no statement" },
        };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Read_ContradictsItself_SaysHow(string written, string instead, string fault)
    {
        var payload = Encoding.UTF8.GetString(Of(HistoryFiles.Fold(HistoryFiles.Read("red-fix-green"))).ToBytes());
        payload.ShouldContain(written);

        ExitStatement
            .Read(Encoding.UTF8.GetBytes(payload.Replace(written, instead, StringComparison.Ordinal)), out var told)
            .ShouldBeNull();

        told.ShouldNotBeNull().ShouldContain(fault);
    }

    private static ExitStatement Of(LoopState state) =>
        state.Verified is null
            ? ExitStatement.Report(ExitPredicates.OfStopped(state, Sample.Hash("key")))
            : ExitStatement.Proof(
                ExitPredicates.OfVerified(
                    state,
                    new ProofChange
                    {
                        Tree = state.Workspace.Tree,
                        Steps = state.Workspace.Commit,
                        Files = state.Workspace.Files,
                        Lines = state.Workspace.Lines,
                        Patch = new ProofFile("change.patch", Sample.Hash("patch"), 123),
                    },
                    Sample.Hash("key")
                ),
                "delivered"
            );
}
