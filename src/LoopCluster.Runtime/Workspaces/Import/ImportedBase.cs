using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Workspaces.Import;

/// <param name="Refused">Entries that were left out, with the reason.</param>
internal sealed record ImportedBase(BaseSnapshot Snapshot, IReadOnlyList<string> Refused);
