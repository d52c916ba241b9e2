using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Chaos;

/// <summary><c>chaos --seed N|A..B --loops N</c>: one line of figures a seed on standard output, words on standard error.</summary>
internal static class ChaosCommand
{
    private const int Failed = 8;
    private const int BadInput = 2;
    private const int Unavailable = 7;

    public static Task<int> RunAsync(string[] arguments)
    {
        var seed = new Option<string>("--seed")
        {
            Description = "A seed, or the first and last of a row of them as A..B.",
            DefaultValueFactory = _ => "1",
        };
        var loops = new Option<int>("--loops") { Description = "Loops of each run.", DefaultValueFactory = _ => 200 };
        var silos = new Option<int>("--silos") { Description = "Silos.", DefaultValueFactory = _ => 3 };
        var seconds = new Option<int>("--seconds") { Description = "How long faults go on.", DefaultValueFactory = _ => 40 };
        var loopback = new Option<bool>("--loopback") { Description = "All on 127.0.0.1: no faults of links." };
        var keep = new Option<bool>("--keep") { Description = "Keep every run's directory, not only that of one that failed." };
        var command = new RootCommand(
            "Runs loops on a real cluster while silos, Redis, disks, links and the container engine fail, and holds what came of it against what must."
        )
        {
            seed,
            loops,
            silos,
            seconds,
            loopback,
            keep,
        };
        command.SetAction(
            async (parse, cancellationToken) =>
            {
                if (RedisServer.Missing() is { } missing)
                {
                    await Console.Error.WriteLineAsync($"chaos: {missing}").ConfigureAwait(false);
                    return Unavailable;
                }

                if (!TrySeeds(parse.GetValue(seed)!, out var from, out var to))
                {
                    await Console.Error.WriteLineAsync("chaos: --seed takes a number, or two as A..B").ConfigureAwait(false);
                    return BadInput;
                }

                var holds = true;
                await using var ground = await ChaosGround.PrepareAsync(Say).ConfigureAwait(false);
                for (var number = from; number <= to; number++)
                {
                    var options = new ChaosOptions
                    {
                        Seed = number,
                        Loops = parse.GetValue(loops),
                        Silos = parse.GetValue(silos),
                        Duration = TimeSpan.FromSeconds(parse.GetValue(seconds)),
                        Network = parse.GetValue(loopback) ? false : null,
                    };
                    try
                    {
                        var result = await new ChaosRun(options, ground, Say)
                            .RunAsync(parse.GetValue(keep), cancellationToken)
                            .ConfigureAwait(false);
                        Console.WriteLine(JsonSerializer.Serialize(result, ChaosJson.Default.ChaosResult));
                        holds &= result.Ok;
                    }
                    catch (InfrastructureException e)
                    {
                        Say($"seed {number}: {e.Message}");
                        return Unavailable;
                    }
                }

                return holds ? 0 : Failed;
            }
        );
        return command.Parse(arguments).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
    }

    private static bool TrySeeds(string text, out int from, out int to)
    {
        to = 0;
        var parts = text.Split("..");
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out from)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out to)
            && parts.Length <= 2
            && from <= to;
    }

    private static void Say(string text) => Console.Error.WriteLine(text);
}
