namespace LoopCluster.Engine.Errors;

/// <summary>
/// Something the loop needs (ledger disk, container engine, image, endpoint) is broken or absent. It says nothing about the loop's own
/// work. Codes: <c>ledger-unavailable</c>, <c>ledger-lost</c> (acknowledged entries are gone), <c>sandbox-unavailable</c>,
/// <c>image-missing</c>, <c>image-digest-mismatch</c>, <c>model-unavailable</c>, <c>workspace-unavailable</c>.
/// </summary>
public sealed class InfrastructureException(string code, string message, Exception? inner = null)
    : LoopClusterException(code, message, inner);
