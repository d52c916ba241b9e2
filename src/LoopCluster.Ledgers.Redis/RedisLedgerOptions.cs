namespace LoopCluster.Ledgers.Redis;

/// <summary>Where and how ledger, audit log and blobs are kept in Redis. Section <c>LoopCluster:Redis</c>.</summary>
public sealed class RedisLedgerOptions
{
    public const string Section = "LoopCluster:Redis";

    /// <summary>
    /// Servers and how to reach them, as StackExchange.Redis takes it: <c>host:6379,user=…,password=…,ssl=true</c>. A Unix socket is
    /// <c>!/path</c>. Default: <c>127.0.0.1:6379</c>.
    /// </summary>
    public string Configuration { get; set; } = "127.0.0.1:6379";

    /// <summary>
    /// Whether a Redis without a password is used all the same: whoever reaches its port then reads, writes and deletes every loop, key and
    /// ledger. Default: false, and a configuration without a password is refused at start.
    /// </summary>
    public bool AllowNoPassword { get; set; }

    /// <summary>First part of every key; what an ACL user is restricted to. Default: <c>loopcluster</c>.</summary>
    public string Prefix { get; set; } = "loopcluster";

    /// <summary>
    /// Id of the deployment that owns the prefix. A prefix that belongs to another id is refused at start. Empty takes over the id that is
    /// there, or a new random one. Default: empty.
    /// </summary>
    public string Deployment { get; set; } = "";

    /// <summary>Ledger or audit lines asked for at once when a chain is read. Default: 512.</summary>
    public int PageSize { get; set; } = 512;

    /// <summary>Largest blob. What is larger fails with <c>blob-too-large</c>. Default: 64 MiB.</summary>
    public long MaxBlobBytes { get; set; } = 64L << 20;

    /// <summary>
    /// How long an operation goes on asking while Redis does not answer, before it fails with <c>ledger-unavailable</c>. Default: 15 s.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Refuse to start when this machine's clock and the one of Redis differ by more: deadlines, the audit log and the silos' own failure
    /// detection go by clocks. Default: 30 s.
    /// </summary>
    public TimeSpan MaxClockDifference { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Refuse to start when Redis writes neither an append-only file nor snapshots, or when that cannot be found out. Default: false, which
    /// only warns.
    /// </summary>
    public bool RequirePersistence { get; set; }

    /// <summary>Replicas that must have an entry before its append is success (<c>WAIT</c>). Default: 0.</summary>
    public int WaitReplicas { get; set; }

    /// <summary>
    /// With <see cref="WaitReplicas"/> the replicas, and in any case the master, must have synced the entry to their append-only file
    /// (<c>WAITAOF</c>). Needs Redis 7.2; an older server is refused at start. Default: false.
    /// </summary>
    public bool WaitAppendOnlyFile { get; set; }

    /// <summary>
    /// How long one <c>WAIT</c> or <c>WAITAOF</c> blocks before it is asked again, within <see cref="RetryFor"/>. Default: 1 s.
    /// </summary>
    public TimeSpan WaitTimeout { get; set; } = TimeSpan.FromSeconds(1);
}
