using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>One of every event, with every property set.</summary>
internal static class SampleEvents
{
    private static readonly OutputText Output = new()
    {
        Bytes = 9999,
        Blob = Sample.Blob("o"),
        Head = "head \ud83d\ude00",
        Tail = "tail \u0001",
    };

    private static readonly GateStarted Started = new()
    {
        Gate = "tests",
        Phase = GatePhase.Verify,
        Tree = "t",
        Run = 2,
        Try = 1,
        ReservedSeconds = 59.75,
    };

    private static readonly GateStarted Probing = Started with { Phase = GatePhase.Canary, Nonce = "loopcluster-canary-0123" };

    public static readonly IReadOnlyList<LoopEvent> All =
    [
        Sample.Created(
            Sample.Spec() with
            {
                Prepare = new PrepareSpec { Run = "pip install", Allow = ["packages.example.org:443"] },
                Policy = new PolicySpec
                {
                    Rules =
                    [
                        new PolicyRule
                        {
                            Tool = "*",
                            Effect = PolicyEffect.Ask,
                            Arguments = new Dictionary<string, string> { ["command"] = "^rm" },
                        },
                    ],
                },
                Budget = new BudgetLimits { Cost = 0.10m },
                Mode = LoopMode.SingleShot,
            }
        ) with
        {
            Tiers = new Dictionary<string, IReadOnlyList<ModelTier>> { ["make"] = [new ModelTier("small", ["make"])] },
        },
        new LoopQueued(2),
        new LoopAdmitted("admission", 1, 2),
        Sample.Imported with
        {
            Strength = 1,
            RuleFiles = [new RulesFile("AGENTS.md", "Use tabs.")],
            Skills = Guides.Found(Guides.Library()) with { Skipped = ["x/SKILL.md is not UTF-8"] },
            WorkspacePolicy = new PolicySpec(),
            Protection = new LoopCluster.Engine.Gates.Protection
            {
                Runners = ["pytest"],
                Existing = ["t.py"],
                ModuleRoots = [""],
                Steering = ["*.pth"],
                Files = 1,
                Names = ["t.py"],
            },
        },
        new LoopForked
        {
            Parent = Sample.Loop,
            Seq = 9,
            Hash = Sample.Hash("h"),
            Commit = "c",
            Budget = new BudgetLimits(),
            Versions = EngineVersions.Current,
        },
        new DriverStarted(2, "host \"a\"") { Account = true },
        new AllotmentRequested("2-7", new SpendAmount(512, 0.01m), new SpendAmount(4096, 0.05m)),
        new AllotmentDrawn("2-7", new SpendAmount(9000, 0.2m), new DateOnly(2026, 11, 30)),
        new AllotmentRefused("2-9", "nothing is left", true),
        new AllotmentReturned("2-7", new SpendAmount(100, 0.001m)),
        new LoopMigrated(new EngineVersions(1, 1)),
        new StageEntered(LoopStage.Verify),
        new ImportFailed("workspace-unreadable", [new InputFault("workspace.ref", "no")]),
        new BasePrepared("sha256:i", new PreparedLayer("k", Sample.Blob("l"), ["venv"]), 1.5),
        new PrepareStarted(2, 1.5),
        new PrepareFailed("no", Output, 0.25)
        {
            End = RunEnd.TimedOut,
            ExitCode = 3,
            Changed = ["a"],
            Faults = ["b: a fifo"],
        },
        new AttemptStarted(3),
        new AttemptFailed(3, "because", "sig", "t"),
        new ModelRequested
        {
            Agent = "make",
            Model = "m",
            Tier = "t",
            Cause = RouteCause.Taught,
            Attempt = 1,
            Turn = 2,
            Try = 3,
            RequestHash = Sample.Hash("r"),
            RequestBytes = 100,
            MaxTokens = 512,
            Reserved = new Reservation(10, 20, 0.000030m),
            Clipped = 64,
        },
        new ModelReplied
        {
            Text = "t",
            Tools = [new ToolCall("i", "n", "{\"then\":[]}")],
            Finish = ReplyFinish.ToolCalls,
            Usage = new Usage(1, 2, 3),
            Told = new Usage(0, 0, 1),
            Assumed = true,
            Cost = 0.10m,
            DurationMs = 5,
            Skipped = 1,
            Extra = Sample.Blob("extra"),
            Replica = new ReplicaChoice("http://a/v1", ReplicaCause.Moved),
        },
        new ModelFailed
        {
            Kind = ModelFailureKind.ContextLength,
            Message = "m",
            Usage = new Usage(0, 0),
            Cost = 0,
            Assumed = true,
            RetryAfterMs = 5,
            Rejected = new RejectedParameter("p", "q"),
            Replica = new ReplicaChoice("http://a/v1", ReplicaCause.Warm),
        },
        new ToolRequested
        {
            Call = "i",
            Tool = "n",
            Class = EffectClass.External,
            Rule = "r",
            Approval = 4,
            ReservedSeconds = 1.25,
        },
        new ToolCompleted
        {
            Call = "i",
            Tool = "n",
            Outcome = ToolOutcome.OutOfMemory,
            ExitCode = 137,
            Output = Output,
            SandboxSeconds = 0.1,
            Rule = "r",
        },
        new WorkspaceCommitted
        {
            Commit = "c",
            Tree = "t",
            Parent = "p",
            Pack = Sample.Blob("k"),
            Changed = ["a", "b\nc"],
            Files = 2,
            Lines = 3,
            Violations = ["a"],
            Refused = [".git: refused"],
        },
        new NoteKept("n"),
        Started,
        Probing,
        History.Completed(Started, GateOutcome.NotRun) with
        {
            Output = Output,
            Restored = ["r"],
            Steering = ["u"],
            Steers = ["w"],
            Evidence = true,
            Unwritten = true,
            Blocked = ["v"],
            Missing = new MissingTool("m", "l"),
            Tests = 3,
            Failing = 1,
            Probe = new GateProbe
            {
                Kind = "k",
                Paths = ["p"],
                Seen = true,
                Fooled = "f",
                Of = 2,
                Whole = true,
            },
            Scratch = ["s"],
        },
        new JudgeBriefed
        {
            Tree = "t",
            GateTree = "g",
            Diff = Sample.Blob("diff"),
            Restored = ["r"],
            Text = "d",
        },
        new JudgeRead
        {
            Agent = "judge/scope",
            Call = "c",
            Tool = "read_file",
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline("o"),
        },
        new JudgeAnswered
        {
            Gate = "g",
            Agent = "judge/scope",
            Part = 1,
            Parts = 2,
            Try = 2,
            Verdict = JudgeVerdict.Malformed,
            Fault = "f",
            Evidence = [new JudgeEvidence("p", 1, "n")],
            Findings = [new JudgeFinding("p", 2, JudgeSeverity.Low, "m")],
            Cited = [new CitedFile("p", 3), new CitedFile("q")],
        },
        new ExplorationStarted
        {
            Question = "q",
            Tree = "t",
            Call = "c",
            Rule = "r",
            Approval = 3,
        },
        new ExplorerRead
        {
            Call = "c",
            Tool = "read_file",
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline("o"),
        },
        new ExplorerAnswered
        {
            Try = 2,
            Fault = "f",
            Answer = "a",
            Places = [new ExploredPlace("p", 1, "n")],
            Cited = [new CitedFile("p", 3)],
        },
        new PlanMade(
            2,
            [
                new PlanStep("a", "A", "x")
                {
                    Needs = [],
                    Gate = "g",
                    Files = ["f"],
                },
            ]
        ),
        new PlanRefused(1, "no", true),
        new StepChecked
        {
            Step = "a",
            Done = false,
            Tree = "t",
            Outcome = GateOutcome.Steered,
            End = RunEnd.NotBegun,
            ExitCode = 1,
            Steering = ["s"],
            Blocked = ["b"],
        },
        new SkillsChosen
        {
            Attempt = 1,
            Allowance = 2048,
            Tokens = 99,
            Chosen =
            [
                new ChosenSkill
                {
                    Name = "a-b",
                    Source = LoopCluster.Engine.Skills.SkillSource.Server,
                    Place = "a-b/SKILL.md",
                    Score = 1.25,
                    Description = "d",
                    Body = Sample.Blob("body"),
                    Text = "body",
                },
            ],
        },
        new MessageReceived("i", "b", "t"),
        new ApprovalAsked
        {
            Kind = ApprovalKind.Tool,
            Call = "c",
            Tool = "t",
            Arguments = "{}",
            Tree = "tree",
            Rule = "r",
            Reasons = ["z"],
        },
        new ApprovalGiven("i", 4, "b", false, "no"),
        new DeadlinePassed(),
        new BudgetOverrun("cost", 0.1m, 0.25m),
        new CancelRequested("i", "b", "r"),
        new InfrastructureFailed("c", "m"),
        new LoopParked(ParkCause.Outage, OutageOf.Model, "r"),
        new PauseRequested("i", "b", "r"),
        new ResumeRequested("i", "b"),
        new LoopVerified
        {
            Commit = "c",
            Tree = "t",
            Proof = Sample.Blob("p"),
            Branch = "b",
            Delivered = new DeliveredChange
            {
                Commit = "d",
                Tree = "t",
                Pack = Sample.Blob("q"),
                Files = 1,
                Lines = 2,
                Restored = ["r"],
                Steps = "s",
            },
        },
        new LoopStopped(LoopStatus.Stuck, "r"),
    ];
}
