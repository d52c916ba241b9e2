using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Skills;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Runtime.Driver;

/// <summary>Everything a driver acts through.</summary>
public sealed record LoopPorts(
    ILoopLedger Ledger,
    LoopRecords Records,
    IBlobStore Blobs,
    IAuditLog Audit,
    ISandbox Sandbox,
    IWorkspaces Workspaces,
    ModelRouter Models,
    ToolRegistry Tools,
    SecretRedactor Redactor,
    BasePreparer Preparer,
    ProofWriter Proofs,
    TenantAccounts Accounts,
    TimeProvider Time,
    SkillLibraries? Skills = null
);
