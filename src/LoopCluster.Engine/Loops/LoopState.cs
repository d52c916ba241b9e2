using System.Collections.Immutable;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>The fold of a loop's ledger, and nothing else. Immutable; <see cref="LoopFold"/> makes the next one.</summary>
public sealed record LoopState
{
    public required LoopId Id { get; init; }

    /// <summary>What was fixed when the loop (for a fork: its first ancestor) was created.</summary>
    public required LoopCreated Created { get; init; }

    /// <summary>What the base says of the loop.</summary>
    public BaseImported Imported { get; init; } = BaseImported.None;

    public bool IsImported => !ReferenceEquals(Imported, BaseImported.None);

    public ImportFailed? ImportFailure { get; init; }

    /// <summary>The tree the loop starts from.</summary>
    public BaseSnapshot Base => Imported.Base;

    public LoopForked? Fork { get; init; }

    /// <summary>The forks that led to it, the first loop's first and its own last: entries of other loops that it rests on.</summary>
    public ImmutableList<LoopForked> Lineage { get; init; } = [];

    public required LoopSpec Spec { get; init; }

    public required EngineVersions Versions { get; init; }

    /// <summary>Address of the last entry folded.</summary>
    public long Seq { get; init; }

    public LedgerHash Head { get; init; }

    public int Epoch { get; init; }

    /// <summary>Who drives it or did last: the host that the newest <c>driver-started</c> names. Null before the first.</summary>
    public string? Host { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public LoopStatus Status { get; init; } = LoopStatus.Running;

    /// <summary>Why the loop stopped or is parked, in words.</summary>
    public string? StopReason { get; init; }

    /// <summary>Null before the first stage.</summary>
    public LoopStage? Stage { get; init; }

    public BasePrepared? Prepared { get; init; }

    public PrepareFailed? PrepareFailure { get; init; }

    /// <summary>Where the files are.</summary>
    public WorkspacePosition Workspace { get; init; } = new("", "", []);

    /// <summary>Every gate's latest finished run on the base.</summary>
    public ImmutableDictionary<string, GateCompleted> Baseline { get; init; } = ImmutableDictionary<string, GateCompleted>.Empty;

    /// <summary>Every gate's latest finished run on a change.</summary>
    public ImmutableDictionary<string, GateCompleted> GateResults { get; init; } = ImmutableDictionary<string, GateCompleted>.Empty;

    /// <summary>How far judges are with the change; null before they are asked.</summary>
    public Judging? Judging { get; init; }

    /// <summary>Runs that test the gates themselves, each with the tree of the change it was made for.</summary>
    public ImmutableDictionary<ProbeKey, GateCompleted> Probes { get; init; } = ImmutableDictionary<ProbeKey, GateCompleted>.Empty;

    /// <summary>What was seen of each gate, in numbers.</summary>
    public ImmutableDictionary<string, GateTally> Tallies { get; init; } = ImmutableDictionary<string, GateTally>.Empty;

    /// <summary>How far the change is, where that decides which tier is asked.</summary>
    public Routing.GateProgress Progress { get; init; } = Routing.GateProgress.None;

    /// <summary>Infrastructure failures in a row.</summary>
    public int InfrastructureFailures { get; init; }

    public InfrastructureFailed? LastInfrastructureFailure { get; init; }

    /// <summary>What is waited for now.</summary>
    public Outage? Outage { get; init; }

    /// <summary>After a failure: when the next try may be made.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>A person asked for a pause that nobody has ended yet.</summary>
    public PauseRequested? Pause { get; init; }

    /// <summary>Asked for and not taken back; it holds once what runs has come to its end.</summary>
    public bool IsPaused => Pause is not null;

    /// <summary>Its tenant has no place for it yet.</summary>
    public LoopQueued? Queued { get; init; }

    public bool IsQueued => Queued is not null;

    /// <summary>The running attempt, from 1; 0 before the first.</summary>
    public int Attempt { get; init; }

    public ImmutableList<AttemptFailed> FailedAttempts { get; init; } = [];

    /// <summary>What each attempt did, in short; those that a fork inherited first.</summary>
    public ImmutableList<AttemptTrace> Log { get; init; } = [];

    /// <summary>What the explorer is at; null while it is asked nothing.</summary>
    public Explore.Exploration? Exploring { get; init; }

    /// <summary>What it found before the first attempt; empty where it gave no usable answer, null while it was not asked.</summary>
    public string? Explored { get; init; }

    /// <summary>The plan of the planning model, where it is a text.</summary>
    public string? Plan { get; init; }

    /// <summary>Where it has steps.</summary>
    public Plans.Planning Planning { get; init; } = Plans.Planning.None;

    /// <summary>The skills of the running attempt, or of the last.</summary>
    public SkillsChosen? Skills { get; init; }

    public ImmutableList<string> Notes { get; init; } = [];

    public ImmutableList<MessageReceived> Messages { get; init; } = [];

    /// <summary>Its users of models.</summary>
    public AgentSet Agents { get; init; }

    /// <summary>The agent whose turn it is.</summary>
    internal Agent Acting => Agents[Stage is LoopStage.Plan ? AgentNames.Plan : AgentNames.Make];

    /// <summary>The first call of that agent's last reply that has no result yet.</summary>
    public ToolCall? NextCall => Acting.NextCall;

    /// <summary>The attempt says it is finished.</summary>
    public bool Claimed { get; init; }

    public OpenIntent? Open { get; init; }

    public PendingApproval? Approval { get; init; }

    /// <summary>An approval that was given and not used yet.</summary>
    public PendingApproval? Grant { get; init; }

    /// <summary>A person refused the change of a single-shot loop.</summary>
    public string? Refusal { get; init; }

    /// <summary>A review that a person refused, and what was said: the attempt has failed, the loop goes on.</summary>
    public ReviewRefused? Refused { get; init; }

    public CancelRequested? Cancel { get; init; }

    public bool DeadlinePassed { get; init; }

    /// <summary>A bill above its reservation that is not recorded yet.</summary>
    public BudgetOverrun? Overbilled { get; init; }

    public BudgetOverrun? Overrun { get; init; }

    public BudgetSpend Spend { get; init; } = new();

    /// <summary>The part of <see cref="Spend"/> that went to models, by who asked whom and why.</summary>
    public ImmutableArray<ModelBill> Bills { get; init; } = [];

    /// <summary>What this epoch spends is drawn from the tenant's account.</summary>
    public bool Account { get; init; }

    /// <summary>The latest allotment that was drawn.</summary>
    public Allotment? Allotment { get; init; }

    /// <summary>What the account did not cover when it was last asked; null once it did, or another driver asks.</summary>
    public SpendAmount? Uncovered { get; init; }

    /// <summary><see cref="Spend"/> by the days on which it was spent.</summary>
    public ImmutableArray<SpendDay> Days { get; init; } = [];

    public StuckTrace Trace { get; init; } = StuckTrace.Empty;

    /// <summary>Failed attempts that a fork took over: they count for numbering, not for its budget.</summary>
    public int InheritedAttempts { get; init; }

    /// <summary>Ids of signals taken, so that a repeated one counts once.</summary>
    public ImmutableHashSet<string> Signals { get; init; } = [];

    /// <summary>Hashes of outputs in blobs, which the model may read on in.</summary>
    public ImmutableHashSet<string> Outputs { get; init; } = [];

    public LoopVerified? Verified { get; init; }

    /// <summary>Set when an event does not fit what came before it: the ledger was not written by this engine.</summary>
    public string? Fault { get; init; }

    /// <summary>Dialects as refusals have changed them, by name of the binding.</summary>
    public ImmutableDictionary<string, ModelDialect> Learned { get; init; } = ImmutableDictionary<string, ModelDialect>.Empty;

    /// <summary>Lessons learned, as "model parameter": each once.</summary>
    public ImmutableHashSet<string> Lessons { get; init; } = [];

    /// <summary>How a model is asked.</summary>
    public ModelDialect Dialect(ModelBinding model) =>
        Learned.TryGetValue(model.Name, out var learned) ? learned : model.Dialect ?? ModelDialect.Reference;

    public bool IsTerminal => Status.IsFinal();

    public bool KnowsOutput(string hash) => Outputs.Contains(hash);
}

/// <summary>Commit and tree of the workspace, how it differs from the base, and the packs that rebuild it, oldest first.</summary>
public sealed record WorkspacePosition(string Commit, string Tree, ImmutableList<BlobRef> Packs)
{
    public IReadOnlyList<string> Changed { get; init; } = [];

    public IReadOnlyList<string> Violations { get; init; } = [];

    public int Files { get; init; }

    public int Lines { get; init; }
}

/// <summary>An intent whose result is not recorded yet, the epoch that has it in hand, and since when.</summary>
public sealed record OpenIntent(LoopEvent Intent, int Epoch, DateTimeOffset Since);

/// <param name="Tree">Of the change.</param>
public sealed record ReviewRefused(string Tree, string Reason);

/// <summary><paramref name="Seq"/> is the entry that asked.</summary>
public sealed record PendingApproval(long Seq, ApprovalAsked Asked);
