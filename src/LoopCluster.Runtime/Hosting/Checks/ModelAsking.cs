namespace LoopCluster.Runtime.Hosting.Checks;

public enum ModelAsking
{
    /// <summary>Each endpoint is asked for one token.</summary>
    Ask,

    /// <summary>Nothing is sent; keys and prices are looked at all the same.</summary>
    Offline,

    /// <summary>The models are another host's: whoever asks has looked at them there.</summary>
    Elsewhere,
}
