using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Ledger;

/// <summary>Names that stand in ledgers for ever. A test that fails here is right: add a name, never change or remove one.</summary>
public class PersistedNamesTests
{
    [Fact]
    public void EventTypes_All_ArePinned() =>
        EventTypes
            .All.Order(StringComparer.Ordinal)
            .ShouldBe([
                "allotment-drawn",
                "allotment-refused",
                "allotment-requested",
                "allotment-returned",
                "approval-asked",
                "approval-given",
                "attempt-failed",
                "attempt-started",
                "base-imported",
                "base-prepared",
                "budget-overrun",
                "cancel-requested",
                "deadline-passed",
                "driver-started",
                "exploration-started",
                "explorer-answered",
                "explorer-read",
                "gate-completed",
                "gate-started",
                "import-failed",
                "infrastructure-failed",
                "judge-answered",
                "judge-briefed",
                "judge-read",
                "loop-admitted",
                "loop-created",
                "loop-forked",
                "loop-migrated",
                "loop-parked",
                "loop-queued",
                "loop-stopped",
                "loop-verified",
                "message-received",
                "model-failed",
                "model-replied",
                "model-requested",
                "note-kept",
                "pause-requested",
                "plan-made",
                "plan-refused",
                "prepare-failed",
                "prepare-started",
                "resume-requested",
                "skills-chosen",
                "stage-entered",
                "step-checked",
                "tool-completed",
                "tool-requested",
                "workspace-committed",
            ]);

    [Theory]
    [InlineData(typeof(LoopStage), "discover,plan,execute,verify,iterate")]
    [InlineData(
        typeof(LoopStatus),
        "running,waiting,verified,budget-exhausted,stuck,cancelled,gate-unavailable,unavailable,rejected,failed,parked,paused,queued"
    )]
    [InlineData(typeof(OutageOf), "model,sandbox,gate,workspace,budget")]
    [InlineData(typeof(ParkCause), "outage,refused")]
    [InlineData(typeof(GatePhase), "baseline,verify,canary,counterfactual,sabotage")]
    [InlineData(typeof(RunEnd), "exited,timed-out,out-of-memory,cut-off,not-begun,unavailable")]
    [InlineData(
        typeof(GateOutcome),
        "passed,failed,timeout,out-of-memory,not-run,unavailable,steered,aborted,no-evidence,fewer-tests,not-probed"
    )]
    [InlineData(typeof(FlakeOrigin), "base,change,unknown")]
    [InlineData(typeof(ReviewVerdict), "accepted,rejected")]
    [InlineData(typeof(JudgeVerdict), "approve,reject,malformed")]
    [InlineData(typeof(JudgeSeverity), "high,medium,low")]
    [InlineData(typeof(ReplyFinish), "stop,tool_calls,length,content_filter")]
    [InlineData(
        typeof(ModelFailureKind),
        "rate-limited,server-error,timeout,unreachable,broken-reply,context-length,refused,aborted,overloaded,circuit-open"
    )]
    [InlineData(typeof(RouteCause), "configured,inherited,retried,taught,same-failure,stuck,no-progress,progress,budget,window,fallback")]
    [InlineData(typeof(ReplicaCause), "first,warm,cold,moved")]
    [InlineData(typeof(EffectClass), "pure,workspace,external")]
    [InlineData(typeof(ToolOutcome), "ok,error,denied,timeout,out-of-memory,unknown,aborted")]
    [InlineData(typeof(ApprovalKind), "tool,change")]
    [InlineData(typeof(LoopMode), "loop,single-shot")]
    [InlineData(typeof(SpecSource), "network,file")]
    [InlineData(typeof(LoopCluster.Engine.Skills.SkillSource), "spec,repository,server")]
    [InlineData(typeof(GateBaseline), "red,pass")]
    [InlineData(typeof(PolicyEffect), "allow,ask,deny")]
    public void Enum_Members_ArePinnedInJson(Type type, string names) =>
        string.Join(',', Enum.GetValues(type).Cast<object>().Select(v => JsonSerializer.Serialize(v, type).Trim('"'))).ShouldBe(names);

    [Fact]
    public void Enums_InEvents_AreAllPinned()
    {
        var pinned = typeof(PersistedNamesTests)
            .GetMethod(nameof(Enum_Members_ArePinnedInJson))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Cast<InlineDataAttribute>()
            .Select(d => (Type)d.GetData(null!).Single()[0])
            .ToList();
        typeof(LoopEvent)
            .Assembly.GetTypes()
            .Where(t => t.IsEnum && t.IsDefined(typeof(JsonConverterAttribute), false))
            .ShouldBe(pinned, ignoreOrder: true);
    }

    [Fact]
    public void Properties_OfEveryEvent_ArePinned()
    {
        var names = new StringBuilder();
        foreach (var loopEvent in Support.SampleEvents.All)
        {
            using var data = JsonDocument.Parse(Engine.Ledger.LedgerCodec.DataOf(loopEvent));
            names
                .Append(EventTypes.NameOf(loopEvent))
                .Append(": ")
                .AppendJoin(' ', data.RootElement.EnumerateObject().Select(p => p.Name))
                .Append('\n');
        }

        names
            .ToString()
            .ShouldBe(
                """
                loop-created: tenant spec models tiers tools versions
                loop-queued: limit
                loop-admitted: id running limit
                base-imported: base rules workspacePolicy protection ruleFiles skills strength
                loop-forked: parent seq hash commit budget versions
                driver-started: epoch host account
                allotment-requested: lease need wish
                allotment-drawn: lease granted day
                allotment-refused: lease reason held
                allotment-returned: lease spent
                loop-migrated: versions
                stage-entered: stage
                import-failed: code faults
                base-prepared: imageId layer sandboxSeconds
                prepare-started: try reservedSeconds
                prepare-failed: message output sandboxSeconds end exitCode changed faults
                attempt-started: attempt
                attempt-failed: attempt reason signature tree
                model-requested: agent model tier cause attempt turn try requestHash requestBytes maxTokens reserved clipped
                model-replied: text tools finish usage told assumed cost durationMs skipped extra replica
                model-failed: kind message usage cost assumed retryAfterMs rejected replica
                tool-requested: call tool class rule approval reservedSeconds
                tool-completed: call tool outcome exitCode output sandboxSeconds rule
                workspace-committed: commit tree parent pack changed files lines violations refused
                note-kept: text
                gate-started: gate phase tree run try reservedSeconds
                gate-started: gate phase tree run try reservedSeconds nonce
                gate-completed: gate phase tree run outcome end exitCode evidence unwritten gateTree imageId output restored steering steers blocked scratch sandboxSeconds missing tests failing probe
                judge-briefed: tree gateTree diff restored text
                judge-read: agent call tool outcome output
                judge-answered: gate agent part parts try verdict fault evidence findings cited
                exploration-started: question tree call rule approval
                explorer-read: call tool outcome output
                explorer-answered: try fault answer places cited
                plan-made: try steps
                plan-refused: try fault last
                step-checked: step done tree outcome end exitCode steering blocked
                skills-chosen: attempt allowance tokens chosen
                message-received: id by text
                approval-asked: kind call tool arguments tree rule reasons
                approval-given: id asked by granted reason
                deadline-passed: 
                budget-overrun: what reserved settled
                cancel-requested: id by reason
                infrastructure-failed: code message
                loop-parked: cause of reason
                pause-requested: id by reason
                resume-requested: id by
                loop-verified: commit tree proof branch delivered
                loop-stopped: status reason

                """,
                StringCompareShould.IgnoreLineEndings
            );
    }
}
