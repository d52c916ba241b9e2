using System.Text;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// What replies carry beyond the reference: a blob the ledger names by hash. Whoever builds requests from a ledger (a driver that takes a
/// loop, a replay) gets the contents here; whoever only reads the fold does without.
/// </summary>
public static class ReplyExtras
{
    /// <summary>More than any thought: such a thing is left out, and the loop goes on.</summary>
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>
    /// Makes it durable, as it came over the border. Null where it cannot be kept: the reply is worth more than what came beside it.
    /// </summary>
    public static async ValueTask<(BlobRef Blob, string Json)?> KeepAsync(
        IBlobStore blobs,
        string? extra,
        CancellationToken cancellationToken
    )
    {
        if (extra is null)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(extra);
        if (bytes.Length > MostBytes)
        {
            return null;
        }

        try
        {
            return (await blobs.PutAsync(bytes, cancellationToken).ConfigureAwait(false), extra);
        }
        catch (InfrastructureException)
        {
            return null;
        }
    }

    /// <summary>The state with the contents of what its conversations still show.</summary>
    public static async ValueTask<LoopState> FillAsync(LoopState state, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var blob in state.Agents.SelectMany(a => a.Conversation.Missing))
        {
            if (
                !found.ContainsKey(blob.Hash)
                && await ReadAsync(blobs, blob, MostBytes, cancellationToken).ConfigureAwait(false) is { } json
            )
            {
                found[blob.Hash] = json;
            }
        }

        if (state.Judging is { Brief: { Text: null, Content: null } brief } judging)
        {
            state = state with
            {
                Judging = judging with { Brief = await FillAsync(brief, blobs, cancellationToken).ConfigureAwait(false) },
            };
        }

        if (state.Skills is { } skills && skills.Chosen.Any(IsMissing))
        {
            state = state with { Skills = await FillAsync(skills, blobs, cancellationToken).ConfigureAwait(false) };
        }

        return found.Count == 0
            ? state
            : state with
            {
                Agents = state.Agents.Each(a => a with { Conversation = a.Conversation.Filled(found.GetValueOrDefault) }),
            };
    }

    /// <summary>The entry with the contents its replies name.</summary>
    public static async ValueTask<LedgerEntry> FillAsync(LedgerEntry entry, IBlobStore blobs, CancellationToken cancellationToken)
    {
        LoopEvent[]? filled = null;
        for (var i = 0; i < entry.Events.Count; i++)
        {
            if (entry.Events[i] is ModelReplied { Extra: { } blob, ExtraJson: null } reply)
            {
                filled ??= [.. entry.Events];
                filled[i] = reply with { ExtraJson = await ReadAsync(blobs, blob, MostBytes, cancellationToken).ConfigureAwait(false) };
            }
            else if (entry.Events[i] is JudgeBriefed { Text: null, Content: null } brief)
            {
                filled ??= [.. entry.Events];
                filled[i] = await FillAsync(brief, blobs, cancellationToken).ConfigureAwait(false);
            }
            else if (entry.Events[i] is SkillsChosen skills && skills.Chosen.Any(IsMissing))
            {
                filled ??= [.. entry.Events];
                filled[i] = await FillAsync(skills, blobs, cancellationToken).ConfigureAwait(false);
            }
            else if (entry.Events[i] is BaseImported { Skills: { } shelves } imported)
            {
                filled ??= [.. entry.Events];
                filled[i] = imported with { Skills = await FillAsync(shelves, blobs, cancellationToken).ConfigureAwait(false) };
            }
        }

        return filled is null ? entry : entry with { Events = filled };
    }

    private static bool IsMissing(ChosenSkill skill) => skill is { Body: not null, Text: null, Content: null };

    private static async ValueTask<SkillsChosen> FillAsync(SkillsChosen skills, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var chosen = new List<ChosenSkill>();
        foreach (var skill in skills.Chosen)
        {
            chosen.Add(
                IsMissing(skill)
                    ? skill with
                    {
                        Content = await ReadAsync(blobs, skill.Body!, MostBytes, cancellationToken).ConfigureAwait(false),
                    }
                    : skill
            );
        }

        return skills with
        {
            Chosen = chosen,
        };
    }

    /// <summary>With all that the loop could choose from, so that a replay chooses again; what is not there is not compared.</summary>
    private static async ValueTask<SkillsFound> FillAsync(SkillsFound found, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var shelves = new List<SkillShelf>();
        foreach (var shelf in found.Shelves)
        {
            var text = await ReadAsync(blobs, shelf.Content, SkillLibrary.MostBytes, cancellationToken).ConfigureAwait(false);
            shelves.Add(shelf with { Library = text is null ? null : SkillLibrary.Read(shelf.Source, Encoding.UTF8.GetBytes(text)) });
        }

        return found with
        {
            Shelves = shelves,
        };
    }

    private static async ValueTask<JudgeBriefed> FillAsync(JudgeBriefed brief, IBlobStore blobs, CancellationToken cancellationToken) =>
        brief with
        {
            Content = await ReadAsync(blobs, brief.Diff, long.MaxValue, cancellationToken).ConfigureAwait(false),
        };

    private static async ValueTask<string?> ReadAsync(IBlobStore blobs, BlobRef blob, long most, CancellationToken cancellationToken)
    {
        if (blob.Bytes > most || await blobs.OpenAsync(blob.Hash, cancellationToken).ConfigureAwait(false) is not { } stream)
        {
            return null;
        }

        await using var closed = stream.ConfigureAwait(false);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }
}
