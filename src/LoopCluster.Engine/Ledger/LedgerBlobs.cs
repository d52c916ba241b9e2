using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Ledger;

/// <summary>Every blob that an event names: without one of them the loop cannot be rebuilt, replayed or proved as it was.</summary>
public static class LedgerBlobs
{
    public static IEnumerable<NamedBlob> Of(LoopEvent loopEvent)
    {
        switch (loopEvent)
        {
            case LoopCreated created:
                foreach (var (role, model) in created.Models)
                {
                    if (model.Script is { } script)
                    {
                        yield return new NamedBlob(script, $"the script of '{role}'");
                    }
                }

                break;
            case BaseImported imported:
                yield return new NamedBlob(imported.Base.Pack, "the base's files");
                foreach (var shelf in imported.Skills?.Shelves ?? [])
                {
                    yield return new NamedBlob(shelf.Content, "skills");
                }

                break;
            case BasePrepared { Layer: { } layer }:
                yield return new NamedBlob(layer.Content, "what prepare made");
                break;
            case PrepareFailed { Output.Blob: { } output }:
                yield return new NamedBlob(output, "the output of prepare");
                break;
            case ModelReplied { Extra: { } extra }:
                yield return new NamedBlob(extra, "what a reply carried beside its text");
                break;
            case ToolCompleted { Output.Blob: { } output } tool:
                yield return new NamedBlob(output, $"the result of {tool.Tool}");
                break;
            case GateCompleted { Output.Blob: { } output } gate:
                yield return new NamedBlob(output, $"the log of gate '{gate.Gate}'");
                break;
            case SkillsChosen chosen:
                foreach (var skill in chosen.Chosen)
                {
                    if (skill.Body is { } body)
                    {
                        yield return new NamedBlob(body, $"the skill {skill.Name}");
                    }
                }

                break;
            case JudgeRead { Output.Blob: { } output } read:
                yield return new NamedBlob(output, $"what {read.Agent} read");
                break;
            case ExplorerRead { Output.Blob: { } output }:
                yield return new NamedBlob(output, "what the explorer read");
                break;
            case JudgeBriefed brief:
                yield return new NamedBlob(brief.Diff, "the diff that judges saw");
                break;
            case WorkspaceCommitted commit:
                yield return new NamedBlob(commit.Pack, "the files of a step");
                break;
            case LoopVerified verified:
                yield return new NamedBlob(verified.Proof, "the proof");
                if (verified.Delivered is { } delivered)
                {
                    yield return new NamedBlob(delivered.Pack, "the delivered commit");
                }

                break;
        }
    }
}

/// <param name="What">What it is, for people.</param>
public sealed record NamedBlob(BlobRef Blob, string What);
