namespace LoopCluster.Silo;

/// <summary>Section <c>LoopCluster:Silo</c>.</summary>
public sealed class SiloOptions
{
    /// <summary>
    /// This silo's own directory: working files and caches, nothing that another silo needs. Default: <c>~/.loopcluster</c>.
    /// </summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>One node without Redis: ledger, blobs and audit log in <see cref="DataDirectory"/>. Default: false.</summary>
    public bool Localhost { get; set; }

    /// <summary>Where the API listens. Default: <c>http://127.0.0.1:8080</c>.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>IP address that the other silos reach this one at. Default: the address of this machine's name.</summary>
    public string? AdvertisedAddress { get; set; }

    /// <summary>Port for the other silos. Default: 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for Orleans clients. Default: 30000.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>Models file. Default: <c>models.yaml</c> in <see cref="DataDirectory"/>, if there is one.</summary>
    public string? ModelsFile { get; set; }

    /// <summary>
    /// Directory with the deployment's signing key (<c>proof.pem</c>, made when missing): the same on every silo, for example a mounted
    /// secret. Default: none, which only <see cref="Localhost"/> allows; there it is <c>keys</c> in <see cref="DataDirectory"/>.
    /// </summary>
    public string? KeysDirectory { get; set; }

    /// <summary>A directory that every silo has mounted, to keep blobs in. Default: none: blobs are in Redis.</summary>
    public string? BlobsDirectory { get; set; }
}
