using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// Reads the lines of turns by the exact shape in which they are sealed: nearly every line of a long ledger is one, and the general reader
/// takes some five times as long. What has another shape (an event of another version, another order) is not read here.
/// </summary>
internal static class TurnLineReader
{
    /// <summary>Null when the line is not of that shape: then the general reader decides.</summary>
    public static LedgerEntry? TryRead(in LedgerLine line)
    {
        var scan = new SealedScanner(line.Utf8.Span);
        if (
            !(
                scan.Take("{\"loop\":\""u8)
                && scan.PassText()
                && scan.Take(",\"seq\":"u8)
                && scan.Long(out _)
                && scan.Take(",\"at\":\""u8)
                && scan.Time(out var at)
                && scan.Take(",\"epoch\":"u8)
                && scan.Long(out _)
                && scan.Take(",\"type\":\""u8)
                && Turn(ref scan) is { } first
            )
        )
        {
            return null;
        }

        var events = new List<LoopEvent>(3) { first };
        if (scan.Take(",\"then\":["u8) && !ReadThen(ref scan, events))
        {
            return null;
        }

        return scan.Take("},\"prev\":\""u8) ? new LedgerEntry(line.Loop, line.Seq, at, line.Epoch, events, line.Hash) : null;
    }

    private static bool ReadThen(ref SealedScanner scan, List<LoopEvent> events)
    {
        do
        {
            if (!scan.Take("{\"type\":\""u8))
            {
                return false;
            }

            var place = scan;
            if (Turn(ref scan) is { } turn)
            {
                events.Add(turn);
                if (!scan.Take("}}"u8))
                {
                    return false;
                }

                continue;
            }

            scan = place;
            if (!Other(ref scan, events))
            {
                return false;
            }
        } while (scan.Take(","u8));
        return scan.Take("]"u8);
    }

    /// <summary>An event of any other type, which stands behind the first: a commit, a note.</summary>
    private static bool Other(ref SealedScanner scan, List<LoopEvent> events)
    {
        if (!(scan.Text(out var type) && scan.Take(",\"data\":"u8)) || EventTypes.Find(type) is not { } info)
        {
            return false;
        }

        var reader = new Utf8JsonReader(scan.Rest, LedgerCodec.ReaderOptions);
        if (JsonSerializer.Deserialize(ref reader, info) is not LoopEvent loopEvent)
        {
            return false;
        }

        events.Add(loopEvent);
        scan.Pass(reader.BytesConsumed);
        return scan.Take("}"u8);
    }

    /// <summary>From the name of its type up to the brace that closes its data.</summary>
    private static LoopEvent? Turn(ref SealedScanner scan) =>
        scan.Take("model-requested\",\"data\":{"u8) ? ModelRequested(ref scan)
        : scan.Take("model-replied\",\"data\":{"u8) ? ModelReplied(ref scan)
        : scan.Take("tool-requested\",\"data\":{"u8) ? ToolRequested(ref scan)
        : scan.Take("tool-completed\",\"data\":{"u8) ? ToolCompleted(ref scan)
        : null;

    private static ModelRequested? ModelRequested(ref SealedScanner scan)
    {
        if (
            !(
                scan.Take("\"agent\":\""u8)
                && scan.Text(out var agent)
                && scan.Take(",\"model\":\""u8)
                && scan.Text(out var model)
                && scan.Take(",\"tier\":\""u8)
                && scan.Text(out var tier)
                && scan.Take(",\"cause\":\""u8)
                && Cause(ref scan) is { } cause
                && scan.Take(",\"attempt\":"u8)
                && scan.Int(out var attempt)
                && scan.Take(",\"turn\":"u8)
                && scan.Int(out var turn)
                && scan.Take(",\"try\":"u8)
                && scan.Int(out var tries)
                && scan.Take(",\"requestHash\":\""u8)
                && scan.Text(out var hash)
                && scan.Take(",\"requestBytes\":"u8)
                && scan.Int(out var bytes)
                && scan.Take(",\"maxTokens\":"u8)
                && scan.Int(out var maxTokens)
                && scan.Take(",\"reserved\":{\"tokensIn\":"u8)
                && scan.Long(out var tokensIn)
                && scan.Take(",\"tokensOut\":"u8)
                && scan.Long(out var tokensOut)
                && scan.Take(",\"cost\":"u8)
                && scan.Decimal(out var cost)
                && scan.Take("}"u8)
            )
        )
        {
            return null;
        }

        var clipped = 0;
        var isClipped = scan.Take(",\"clipped\":"u8);
        return isClipped && !scan.Int(out clipped)
            ? null
            : new ModelRequested
            {
                Agent = agent,
                Model = model,
                Tier = tier,
                Cause = cause,
                Attempt = attempt,
                Turn = turn,
                Try = tries,
                RequestHash = hash,
                RequestBytes = bytes,
                MaxTokens = maxTokens,
                Reserved = new Reservation(tokensIn, tokensOut, cost),
                Clipped = isClipped ? clipped : null,
            };
    }

    private static ModelReplied? ModelReplied(ref SealedScanner scan)
    {
        if (
            !(
                scan.Take("\"text\":\""u8)
                && scan.Text(out var text)
                && scan.Take(",\"tools\":["u8)
                && Calls(ref scan) is { } tools
                && scan.Take(",\"finish\":\""u8)
                && Finish(ref scan) is { } finish
                && scan.Take(",\"usage\":{"u8)
                && Used(ref scan) is { } usage
            )
        )
        {
            return null;
        }

        Usage? told = null;
        if (
            (scan.Take(",\"told\":{"u8) && (told = Used(ref scan)) is null)
            || !(
                scan.Take(",\"assumed\":"u8)
                && scan.Bool(out var assumed)
                && scan.Take(",\"cost\":"u8)
                && scan.Decimal(out var cost)
                && scan.Take(",\"durationMs\":"u8)
                && scan.Long(out var duration)
                && scan.Take(",\"skipped\":"u8)
                && scan.Int(out var skipped)
            )
        )
        {
            return null;
        }

        BlobRef? extra = null;
        ReplicaChoice? replica = null;
        return
            (scan.Take(",\"extra\":{"u8) && (extra = Blob(ref scan)) is null)
            || (scan.Take(",\"replica\":{"u8) && (replica = Replica(ref scan)) is null)
            ? null
            : new ModelReplied
            {
                Text = text,
                Tools = tools,
                Finish = finish,
                Usage = usage,
                Told = told,
                Assumed = assumed,
                Cost = cost,
                DurationMs = duration,
                Skipped = skipped,
                Extra = extra,
                Replica = replica,
            };
    }

    private static ReplicaChoice? Replica(ref SealedScanner scan) =>
        scan.Take("\"url\":\""u8)
        && scan.Text(out var url)
        && scan.Take(",\"cause\":\""u8)
        && ReplicaCauseOf(ref scan) is { } cause
        && scan.Take("}"u8)
            ? new ReplicaChoice(url, cause)
            : null;

    private static ReplicaCause? ReplicaCauseOf(ref SealedScanner scan) =>
        scan.Take("warm\""u8) ? ReplicaCause.Warm
        : scan.Take("first\""u8) ? ReplicaCause.First
        : scan.Take("moved\""u8) ? ReplicaCause.Moved
        : scan.Take("cold\""u8) ? ReplicaCause.Cold
        : null;

    private static ToolRequested? ToolRequested(ref SealedScanner scan)
    {
        if (
            !(
                scan.Take("\"call\":\""u8)
                && scan.Text(out var call)
                && scan.Take(",\"tool\":\""u8)
                && scan.Text(out var tool)
                && scan.Take(",\"class\":\""u8)
                && Class(ref scan) is { } effect
            )
        )
        {
            return null;
        }

        string? rule = null;
        if (scan.Take(",\"rule\":\""u8) && !scan.Text(out rule))
        {
            return null;
        }

        var approval = 0L;
        var approved = scan.Take(",\"approval\":"u8);
        if (approved && !scan.Long(out approval))
        {
            return null;
        }

        return scan.Take(",\"reservedSeconds\":"u8) && scan.Double(out var seconds)
            ? new ToolRequested
            {
                Call = call,
                Tool = tool,
                Class = effect,
                Rule = rule,
                Approval = approved ? approval : null,
                ReservedSeconds = seconds,
            }
            : null;
    }

    private static ToolCompleted? ToolCompleted(ref SealedScanner scan)
    {
        if (
            !(
                scan.Take("\"call\":\""u8)
                && scan.Text(out var call)
                && scan.Take(",\"tool\":\""u8)
                && scan.Text(out var tool)
                && scan.Take(",\"outcome\":\""u8)
                && Outcome(ref scan) is { } outcome
            )
        )
        {
            return null;
        }

        var exitCode = 0;
        var exited = scan.Take(",\"exitCode\":"u8);
        if (exited && !scan.Int(out exitCode))
        {
            return null;
        }

        if (
            !(
                scan.Take(",\"output\":{\"bytes\":"u8)
                && Output(ref scan) is { } output
                && scan.Take("},\"sandboxSeconds\":"u8)
                && scan.Double(out var seconds)
            )
        )
        {
            return null;
        }

        string? rule = null;
        return scan.Take(",\"rule\":\""u8) && !scan.Text(out rule)
            ? null
            : new ToolCompleted
            {
                Call = call,
                Tool = tool,
                Outcome = outcome,
                ExitCode = exited ? exitCode : null,
                Output = output,
                SandboxSeconds = seconds,
                Rule = rule,
            };
    }

    private static OutputText? Output(ref SealedScanner scan)
    {
        string? text = null,
            head = null,
            tail = null;
        BlobRef? blob = null;
        return
            scan.Long(out var bytes)
            && !(scan.Take(",\"text\":\""u8) && !scan.Text(out text))
            && !(scan.Take(",\"blob\":{"u8) && (blob = Blob(ref scan)) is null)
            && !(scan.Take(",\"head\":\""u8) && !scan.Text(out head))
            && !(scan.Take(",\"tail\":\""u8) && !scan.Text(out tail))
            ? new OutputText
            {
                Bytes = bytes,
                Text = text,
                Blob = blob,
                Head = head,
                Tail = tail,
            }
            : null;
    }

    private static List<ToolCall>? Calls(ref SealedScanner scan)
    {
        var calls = new List<ToolCall>(1);
        if (scan.Take("]"u8))
        {
            return calls;
        }

        do
        {
            if (
                !(
                    scan.Take("{\"id\":\""u8)
                    && scan.Text(out var id)
                    && scan.Take(",\"name\":\""u8)
                    && scan.Text(out var name)
                    && scan.Take(",\"arguments\":\""u8)
                    && scan.Text(out var arguments)
                    && scan.Take("}"u8)
                )
            )
            {
                return null;
            }

            calls.Add(new ToolCall(id, name, arguments));
        } while (scan.Take(","u8));
        return scan.Take("]"u8) ? calls : null;
    }

    private static Usage? Used(ref SealedScanner scan) =>
        scan.Take("\"in\":"u8)
        && scan.Long(out var tokensIn)
        && scan.Take(",\"out\":"u8)
        && scan.Long(out var tokensOut)
        && scan.Take(",\"cached\":"u8)
        && scan.Long(out var cached)
        && scan.Take("}"u8)
            ? new Usage(tokensIn, tokensOut, cached)
            : null;

    private static BlobRef? Blob(ref SealedScanner scan) =>
        scan.Take("\"hash\":\""u8) && scan.Text(out var hash) && scan.Take(",\"bytes\":"u8) && scan.Long(out var bytes) && scan.Take("}"u8)
            ? new BlobRef(hash, bytes)
            : null;

    private static ReplyFinish? Finish(ref SealedScanner scan) =>
        scan.Take("tool_calls\""u8) ? ReplyFinish.ToolCalls
        : scan.Take("stop\""u8) ? ReplyFinish.Stop
        : scan.Take("length\""u8) ? ReplyFinish.Length
        : scan.Take("content_filter\""u8) ? ReplyFinish.ContentFilter
        : null;

    private static RouteCause? Cause(ref SealedScanner scan) =>
        scan.Take("configured\""u8) ? RouteCause.Configured
        : scan.Take("inherited\""u8) ? RouteCause.Inherited
        : scan.Take("retried\""u8) ? RouteCause.Retried
        : scan.Take("taught\""u8) ? RouteCause.Taught
        : scan.Take("fallback\""u8) ? RouteCause.Fallback
        : scan.Take("same-failure\""u8) ? RouteCause.SameFailure
        : scan.Take("no-progress\""u8) ? RouteCause.NoProgress
        : scan.Take("progress\""u8) ? RouteCause.Progress
        : scan.Take("stuck\""u8) ? RouteCause.Stuck
        : scan.Take("budget\""u8) ? RouteCause.Budget
        : scan.Take("window\""u8) ? RouteCause.Window
        : null;

    private static EffectClass? Class(ref SealedScanner scan) =>
        scan.Take("workspace\""u8) ? EffectClass.Workspace
        : scan.Take("pure\""u8) ? EffectClass.Pure
        : scan.Take("external\""u8) ? EffectClass.External
        : null;

    private static ToolOutcome? Outcome(ref SealedScanner scan) =>
        scan.Take("ok\""u8) ? ToolOutcome.Ok
        : scan.Take("error\""u8) ? ToolOutcome.Error
        : scan.Take("denied\""u8) ? ToolOutcome.Denied
        : scan.Take("timeout\""u8) ? ToolOutcome.Timeout
        : scan.Take("out-of-memory\""u8) ? ToolOutcome.OutOfMemory
        : scan.Take("unknown\""u8) ? ToolOutcome.Unknown
        : scan.Take("aborted\""u8) ? ToolOutcome.Aborted
        : null;
}
