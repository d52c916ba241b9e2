namespace LoopCluster.Ledgers.File.Reads;

/// <summary>Every statement there is: constants, with values bound as parameters.</summary>
internal static class ReadModelSql
{
    /// <summary>
    /// Readers of other processes go on while the holder writes. After a power loss the newest records may be missing, never broken ones
    /// there.
    /// </summary>
    public const string Writer = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=16777216;";

    /// <summary>"ok" when the file's structure is sound, its indices included.</summary>
    public const string Check = "PRAGMA integrity_check(1)";

    public const string Version = "PRAGMA user_version";

    public const string Create = """
        CREATE TABLE loops (
          id TEXT PRIMARY KEY, tenant TEXT NOT NULL, status INTEGER NOT NULL, created INTEGER NOT NULL,
          seq INTEGER NOT NULL, head TEXT NOT NULL, parent TEXT, seal INTEGER NOT NULL, summary BLOB NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX loops_all ON loops (created, id);
        CREATE INDEX loops_tenant ON loops (tenant, created, id);
        CREATE INDEX loops_status ON loops (status, created, id);
        CREATE INDEX loops_tenant_status ON loops (tenant, status, created, id);
        """;

    public const string Write = """
        INSERT INTO loops (id, tenant, status, created, seq, head, parent, seal, summary, record) VALUES ($id, $tenant, $status, $created, $seq, $head, $parent, $seal, $summary, $record)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, seq = excluded.seq, head = excluded.head, seal = excluded.seal, summary = excluded.summary, record = excluded.record
        WHERE excluded.seq >= loops.seq
        """;

    public const string Remove = "DELETE FROM loops WHERE id = $id";

    public const string Find = "SELECT summary FROM loops WHERE id = $id";

    public const string Read = "SELECT record FROM loops WHERE id = $id AND seq >= $seq";

    public const string Places = "SELECT id, tenant, status, created, seq, head, parent, seal FROM loops";

    private const string Select = "SELECT summary, tenant, status, created FROM loops WHERE (created, id) < ($created, $id)";

    private const string Order = " ORDER BY created DESC, id DESC LIMIT $limit";

    private const string OfTenant = " AND tenant = $tenant";

    private const string OfStatus = " AND status = $status";

    public static string List(bool tenant, bool status) =>
        (tenant, status) switch
        {
            (true, true) => Select + OfTenant + OfStatus + Order,
            (true, false) => Select + OfTenant + Order,
            (false, true) => Select + OfStatus + Order,
            _ => Select + Order,
        };
}
