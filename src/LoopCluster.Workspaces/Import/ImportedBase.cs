using LoopCluster.Engine.Events;

namespace LoopCluster.Workspaces.Import;

/// <param name="Refused">Entries that were left out, with the reason.</param>
internal sealed record ImportedBase(BaseSnapshot Snapshot, IReadOnlyList<string> Refused);
