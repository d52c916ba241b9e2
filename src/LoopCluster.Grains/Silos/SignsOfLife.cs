namespace LoopCluster.Grains.Silos;

/// <summary>
/// How long each member's sign of life has been the same, by this process's own clock: whose clock is wrong is alive all the same.
/// </summary>
internal sealed class SignsOfLife(TimeSpan silence, TimeProvider time)
{
    private readonly Dictionary<SiloAddress, (DateTime Sign, long Seen)> _signs = [];

    /// <summary>Nothing could be seen for a while: nor could signs be given, perhaps, and silence counts from the next look.</summary>
    public void Forget() => _signs.Clear();

    /// <summary>True when <paramref name="sign"/> is what the member gave all the time, for longer than it may be silent.</summary>
    public bool IsSilent(SiloAddress member, DateTime sign)
    {
        if (_signs.TryGetValue(member, out var last) && last.Sign == sign)
        {
            return time.GetElapsedTime(last.Seen) > silence;
        }

        _signs[member] = (sign, time.GetTimestamp());
        return false;
    }
}
