using System.CommandLine;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Silo.Starting;

namespace LoopCluster.Silo;

/// <summary>
/// The command line of <c>loop-silo</c>: without a command it runs a node. Every option stands for one setting, which a file or the
/// environment may give instead.
/// </summary>
internal static class SiloCommand
{
    private const int BadInput = 2;
    private const int Unavailable = 7;

    private static readonly Setting[] Settings =
    [
        new("--data", "LoopCluster:Silo:DataDirectory", "This silo's own data directory", "DIR"),
        new("--keys", "LoopCluster:Silo:KeysDirectory", "Directory of the deployment's signing key, the same on every silo", "DIR"),
        new("--blobs", "LoopCluster:Silo:BlobsDirectory", "Directory for blobs that every silo has mounted. Default: Redis", "DIR"),
        new(
            "--redis",
            "LoopCluster:Redis:Configuration",
            "Redis, as StackExchange.Redis takes it; with a password better in LoopCluster__Redis__Configuration",
            "CONFIGURATION"
        ),
        new("--prefix", "LoopCluster:Redis:Prefix", "First part of every key of this deployment. Default: loopcluster", "PREFIX"),
        new("--models", "LoopCluster:Silo:ModelsFile", "Models file. Default: models.yaml in the data directory", "FILE"),
        new("--url", "LoopCluster:Silo:Url", "Where the API listens. Default: http://127.0.0.1:8080", "URL"),
        new("--advertise", "LoopCluster:Silo:AdvertisedAddress", "IP address the other silos reach this one at", "ADDRESS"),
        new("--silo-port", "LoopCluster:Silo:SiloPort", "Port for the other silos. Default: 11111", "PORT"),
        new("--gateway-port", "LoopCluster:Silo:GatewayPort", "Port for Orleans clients. Default: 30000", "PORT"),
    ];

    public static Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var localhost = new Option<bool>("--localhost")
        {
            Description = "One node without Redis: everything is in the data directory",
            Recursive = true,
        };
        var options = Settings
            .Select(s => new Option<string?>(s.Option)
            {
                Description = s.Description,
                HelpName = s.Value,
                Recursive = true,
            })
            .ToList();
        var root = new RootCommand("A node of a LoopCluster: API and silo.") { localhost };
        options.ForEach(root.Add);

        Dictionary<string, string?> Given(ParseResult parse)
        {
            var given = Settings
                .Zip(options)
                .Select(p => (p.First.Key, Value: parse.GetValue(p.Second)))
                .Where(p => p.Value is not null)
                .ToDictionary(p => p.Key, p => p.Value);
            if (parse.GetValue(localhost))
            {
                given["LoopCluster:Silo:Localhost"] = bool.TrueString;
            }

            return given;
        }

        root.SetAction(
            (parse, cancellationToken) =>
                GuardAsync(async () =>
                {
                    await SiloStart.RunAsync(SiloApplication.Create(Given(parse)), cancellationToken).ConfigureAwait(false);
                    return 0;
                })
        );
        root.Add(KeysCommand.Create(Given, GuardAsync));
        return root.Parse(args)
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Where exceptions become words and exit codes.</summary>
    private static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception e) when (ConfigurationFaults.Of(e) is { } bad)
        {
            await Console
                .Error.WriteLineAsync(
                    $"error ({bad.Code}):\n  {string.Join("\n  ", bad.Faults.Select(f => $"{f.Path} {f.Message}".Trim()))}"
                )
                .ConfigureAwait(false);
            return BadInput;
        }
        catch (LoopClusterException e)
        {
            await Console.Error.WriteLineAsync($"error ({e.Code}): {e.Message}").ConfigureAwait(false);
            return e is BadInputException ? BadInput : Unavailable;
        }
    }

    private sealed record Setting(string Option, string Key, string Description, string Value);
}
