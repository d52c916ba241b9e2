namespace LoopCluster.Grains.Endpoints;

/// <summary>What a holder of shares is called: its silo, and which of the silo's limiters.</summary>
internal static class EndpointHolder
{
    public static string Name(SiloAddress silo, int limiter) => $"{silo.ToParsableString()}/{limiter}";

    public static SiloAddress SiloOf(string holder) => SiloAddress.FromParsableString(holder[..holder.LastIndexOf('/')]);
}
