namespace LoopCluster.Runtime.Proofs;

/// <summary>Outcome of checking a file or a chain; <see cref="FirstBad"/> is null exactly when <see cref="Ok"/>.</summary>
public sealed record Verification(bool Ok, long Checked, FirstBad? FirstBad)
{
    public static Verification Good(long count) => new(true, count, null);

    public static Verification Bad(long count, string? file, long? seq, string reason) =>
        new(false, count, new FirstBad(file, seq, reason));
}

public sealed record FirstBad(string? File, long? Seq, string Reason);
