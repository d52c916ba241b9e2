using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Hosts;

namespace LoopCluster.TestKit.Api;

/// <summary>
/// The API over some host, served by a real server on this machine. Disposing stops it; the same setup opened again finds everything as it
/// was.
/// </summary>
public interface IRunningApi : IAsyncDisposable
{
    Uri Url { get; }

    /// <summary>Another node of the same deployment, or the same one where there is only one.</summary>
    Uri OtherUrl { get; }

    IApiKeyStore Keys { get; }

    /// <summary>Event streams that a tenant has open.</summary>
    int OpenStreams(string tenant);

    void BeginDrain();

    /// <summary>
    /// Does to an entry, behind everybody's back, what can become of it where the ledger is kept: a byte of it altered in a file, its lines
    /// lost in Redis.
    /// </summary>
    Task DamageAsync(string loop, long seq);
}

/// <param name="Settings">Options of the API beside the usual ones, by configuration key.</param>
public sealed record ApiSetup(HostSetup Host, IReadOnlyDictionary<string, string?> Settings);
