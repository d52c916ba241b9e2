namespace LoopCluster.Ledgers.File.Files;

/// <summary>The directories of this driver inside a data directory.</summary>
internal sealed class DataPaths(string root)
{
    public string Root { get; } = Path.GetFullPath(root);

    public string Ledger => Path.Combine(Root, "ledger");

    public string Audit => Path.Combine(Root, "audit");

    public string Blobs => Path.Combine(Root, "blobs");

    public string Segment(int number) => Path.Combine(Ledger, SegmentFiles.Name(number));

    public string AuditCopy(int number) => Path.Combine(Audit, SegmentFiles.Name(number));

    /// <summary>How messages and reports name a segment.</summary>
    public static string Display(int number) => "ledger/" + SegmentFiles.Name(number);

    /// <summary>Creates what is missing and makes the entries durable, parents first.</summary>
    public void Create(IFileLayer files)
    {
        files.CreateDirectory(Ledger);
        files.CreateDirectory(Audit);
        files.CreateDirectory(Blobs);
        files.SyncDirectory(Root);
    }
}
