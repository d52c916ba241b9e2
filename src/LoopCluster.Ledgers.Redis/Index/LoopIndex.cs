using System.Globalization;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Index;

/// <summary>
/// The lists of loops: sorted sets by status, by tenant, by both, and of all, whose members sort by creation time and id. They may lie on
/// other servers than the loops, so no step changes both. Instead each list holds at least what it should: a loop enters a list before the
/// entry that puts it there and leaves it after the one that takes it away, and a page checks each candidate against its head. Completeness
/// is therefore certain, also when a process dies between any two steps.
/// </summary>
internal sealed partial class LoopIndex(
    RedisConnection connection,
    ReplicaBarrier barrier,
    RedisLedgerInstruments instruments,
    ILogger<LoopIndex> logger,
    TimeProvider? time = null
)
{
    private const int IdPage = 512;

    /// <summary>A first entry that has not come after so long will not come: every append is given up long before.</summary>
    private static readonly TimeSpan LongestCreation = TimeSpan.FromHours(1);

    private static readonly LoopStatus[] Open = [.. Enum.GetValues<LoopStatus>().Where(s => !s.IsFinal())];

    /// <summary>The server's clock orders loops that different processes create.</summary>
    private static readonly RedisScript AddScript = new(
        """
        local now = redis.call('TIME')
        return redis.call('ZADD', KEYS[1], 'NX', now[1] * 1000000 + now[2], ARGV[1])
        """
    );

    /// <summary>
    /// A removal that was held up (its process was stopped, its packet delayed) must not undo what a later entry of another driver did: it
    /// removes only what no later entry put there.
    /// </summary>
    private static readonly RedisScript LeaveScript = new(
        """
        if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0) >= tonumber(ARGV[2]) then
          return 0
        end
        redis.call('HDEL', KEYS[2], ARGV[1])
        return redis.call('ZREM', KEYS[1], ARGV[1])
        """
    );

    private static readonly RedisScript EnterScript = new(
        """
        if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0) < tonumber(ARGV[2]) then
          redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
        end
        return redis.call('ZADD', KEYS[1], 0, ARGV[1])
        """
    );

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    private RedisKeys Keys => connection.Keys;

    /// <summary>Makes a loop one of all loops.</summary>
    public async ValueTask AddAsync(LoopId loop, CancellationToken cancellationToken)
    {
        await connection.RunAsync(AddScript, [Keys.Loops], [loop.Value], "listing a loop", cancellationToken).ConfigureAwait(false);
        await barrier.WaitAsync(Keys.Loops, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a loop a member of the lists that its summary as of entry <paramref name="seq"/> puts it in.</summary>
    public async ValueTask EnterAsync(LoopSummary summary, long seq, CancellationToken cancellationToken)
    {
        RedisKey[] lists =
        [
            Keys.Index(null, null),
            Keys.Index(null, summary.Tenant),
            Keys.Index(summary.Status, null),
            Keys.Index(summary.Status, summary.Tenant),
        ];
        var plain = IsOpen(summary.Status) ? 2 : lists.Length;
        await connection
            .RunAsync(
                (lists, plain, seq, Member: MemberOf(summary)),
                static async (database, s) =>
                {
                    await Task.WhenAll(
                            s.lists.Select(
                                (l, i) =>
                                    i < s.plain
                                        ? (Task)database.SortedSetAddAsync(l, s.Member, 0)
                                        : EnterScript.RunAsync(database, [l, RedisKeys.Entered(l)], [s.Member, s.seq])
                            )
                        )
                        .ConfigureAwait(false);
                    return true;
                },
                "listing a loop",
                cancellationToken
            )
            .ConfigureAwait(false);
        if (barrier.IsNeeded)
        {
            await Task.WhenAll(lists.Select(l => barrier.WaitAsync(l, cancellationToken).AsTask())).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes a loop out of the lists of the statuses it can have had before entry <paramref name="seq"/>. False when that failed: they then
    /// hold it beyond its time.
    /// </summary>
    /// <param name="listed">The only status under which the lists have it beside its new one; null when that is not certain.</param>
    public async ValueTask<bool> TryLeaveOthersAsync(LoopSummary summary, long seq, LoopStatus? listed)
    {
        if (seq == 1)
        {
            // There is no status it could have had.
            return true;
        }

        try
        {
            foreach (var status in Open.Where(s => s != summary.Status && s == (listed ?? s)))
            {
                await LeaveAsync(
                        [Keys.Index(status, null), Keys.Index(status, summary.Tenant)],
                        MemberOf(summary),
                        seq,
                        CancellationToken.None
                    )
                    .ConfigureAwait(false);
            }

            return true;
        }
        catch (InfrastructureException e)
        {
            // The entry is durable, which is what the caller asked for; reads see through the list.
            LogNotLeft(e, summary.Id.Value, SummaryText.NameOf(summary.Status));
            return false;
        }
    }

    /// <summary>Every loop that has an entry, by the time of its first.</summary>
    public async IAsyncEnumerable<LoopId> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var start = 0L; ; start += IdPage)
        {
            var page = await connection
                .RunAsync(
                    (Keys, start),
                    static (database, s) => database.SortedSetRangeByRankAsync(s.Keys.Loops, s.start, s.start + IdPage - 1),
                    "listing loops",
                    cancellationToken
                )
                .ConfigureAwait(false);
            var loops = page.Select(m => new LoopId(m!)).ToArray();
            var exist = await connection
                .RunAsync(
                    (Keys, loops),
                    static (database, s) => Task.WhenAll(s.loops.Select(l => database.KeyExistsAsync(s.Keys.Head(l)))),
                    "listing loops",
                    cancellationToken
                )
                .ConfigureAwait(false);
            for (var i = 0; i < loops.Length; i++)
            {
                if (exist[i])
                {
                    yield return loops[i];
                }
            }

            if (page.Length < IdPage)
            {
                yield break;
            }
        }
    }

    /// <summary>One page, newest first. Reads a head for each candidate and no line of any loop.</summary>
    public async ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, LoopQuery.MostLoops);
        RedisValue before = query.Cursor is { } cursor ? MemberOf(LoopCursor.Parse(cursor)) : default;
        var list = Keys.Index(query.Status, query.Tenant);
        var found = new List<LoopSummary>(limit + 1);
        while (found.Count <= limit)
        {
            var wanted = limit + 1 - found.Count;
            var members = await connection
                .RunAsync(
                    (list, before, wanted),
                    static (database, s) =>
                        database.SortedSetRangeByValueAsync(
                            s.list,
                            max: s.before,
                            exclude: s.before.IsNull ? Exclude.None : Exclude.Stop,
                            order: Order.Descending,
                            take: s.wanted
                        ),
                    "listing loops",
                    cancellationToken
                )
                .ConfigureAwait(false);
            await foreach (var summary in CheckAsync(query, list, members, cancellationToken).ConfigureAwait(false))
            {
                found.Add(summary);
            }

            if (members.Length < wanted)
            {
                return new LoopPage(found, null);
            }

            before = members[^1];
        }

        found.RemoveRange(limit, found.Count - limit);
        return new LoopPage(found, LoopCursor.Of(found[^1]).ToString());
    }

    private async IAsyncEnumerable<LoopSummary> CheckAsync(
        LoopQuery query,
        RedisKey list,
        RedisValue[] members,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var loops = members.Select(IdOf).ToArray();
        var heads = await connection
            .RunAsync(
                (Keys, loops),
                static (database, s) => Task.WhenAll(s.loops.Select(l => database.StringGetAsync(s.Keys.Head(l)))),
                "listing loops",
                cancellationToken
            )
            .ConfigureAwait(false);
        for (var i = 0; i < members.Length; i++)
        {
            if (!TryRead(loops[i], heads[i], out var summary))
            {
                continue;
            }

            if (summary is not null && MemberOf(summary) != members[i])
            {
                // Put there by a first entry that was refused: another process created the loop, at another time.
                instruments.Repaired();
                await LeaveAsync([list], members[i], long.MaxValue, cancellationToken).ConfigureAwait(false);
            }
            else if (
                summary is not null
                && (query.Status is null || summary.Status == query.Status)
                && (query.Tenant is null || summary.Tenant == query.Tenant)
            )
            {
                yield return summary;
            }
            else if (IsOutOfDate(summary, heads[i], members[i], query))
            {
                instruments.Repaired();
                await LeaveAsync(
                        [list],
                        members[i],
                        heads[i].IsNull ? long.MaxValue : HeadRecord.Read(loops[i], (byte[])heads[i]!).Seq,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        }
    }

    private async ValueTask LeaveAsync(RedisKey[] lists, RedisValue member, long seq, CancellationToken cancellationToken) =>
        await connection
            .RunAsync(
                (lists, member, seq),
                static (database, s) =>
                    Task.WhenAll(s.lists.Select(l => LeaveScript.RunAsync(database, [l, RedisKeys.Entered(l)], [s.member, s.seq]))),
                "listing a loop",
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>One damaged loop must not hide the others; reading it names what is wrong.</summary>
    private bool TryRead(LoopId loop, RedisValue head, out LoopSummary? summary)
    {
        summary = null;
        if (head.IsNull)
        {
            return true;
        }

        try
        {
            summary = HeadRecord.ReadSummary(loop, (byte[])head!);
            return true;
        }
        catch (LedgerCorruptException e)
        {
            LogDamaged(e, loop.Value);
            return false;
        }
    }

    /// <summary>
    /// True only when no append under way can still make the member right. A list of open loops keeps what a later entry than the head
    /// brings. A list of ended ones is entered once and by the last entry: only a loop that ended otherwise does not belong there.
    /// </summary>
    private bool IsOutOfDate(LoopSummary? summary, RedisValue head, RedisValue member, LoopQuery query)
    {
        if (summary is null)
        {
            return head.IsNull && _time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(CreatedOf(member)) > LongestCreation;
        }

        return query.Status is { } status && summary.Status != status && (IsOpen(status) || !IsOpen(summary.Status));
    }

    private static bool IsOpen(LoopStatus status) => Open.Contains(status);

    /// <summary>Fixed width, so that members sort by time, then id, as <see cref="LoopCursor"/> does.</summary>
    private static string MemberOf(LoopCursor place) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, place.CreatedMs):D15}-{place.Id.Value}");

    private static string MemberOf(LoopSummary summary) => MemberOf(LoopCursor.Of(summary));

    private static LoopId IdOf(RedisValue member) => new(((string)member!)[16..]);

    private static long CreatedOf(RedisValue member) =>
        long.Parse(((string)member!).AsSpan(0, 15), NumberStyles.None, CultureInfo.InvariantCulture);
}
