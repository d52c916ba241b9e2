using System.Net;
using Microsoft.Extensions.Options;

namespace LoopCluster.Silo;

internal sealed class SiloOptionsValidator : IValidateOptions<SiloOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloOptions options)
    {
        var faults = new List<string>();
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            faults.Add($"LoopCluster:Silo:Url is '{options.Url}': give http://ADDRESS:PORT");
        }

        if (options.AdvertisedAddress is { } address && !IPAddress.TryParse(address, out _))
        {
            faults.Add($"LoopCluster:Silo:AdvertisedAddress is '{address}': give an IP address that the other silos reach");
        }

        Port(options.SiloPort, "SiloPort", faults);
        Port(options.GatewayPort, "GatewayPort", faults);
        if (!options.Localhost && string.IsNullOrEmpty(options.KeysDirectory))
        {
            faults.Add(
                "LoopCluster:Silo:KeysDirectory is missing: the signing key belongs to the deployment, so every silo must be given the same (a shared directory or a mounted secret)"
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void Port(int port, string key, List<string> faults)
    {
        if (port is < 1 or > 65535)
        {
            faults.Add($"LoopCluster:Silo:{key} must be 1 to 65535");
        }
    }
}
