using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost.Faults;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.FaultHost;

/// <summary>
/// <c>run --data DIR --id ID --spec FILE | resume --data DIR --id ID  [--redis SERVER --prefix P --keys DIR] [--containers] [--witness
/// FILE] [--kill before|after:N|EVENT]</c>: one loop to its end, on the host that <c>open</c> makes.
/// </summary>
internal static class FaultProgram
{
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Func<HostOptions, Task<IFaultHost>> open)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i < args.Length; i++)
        {
            given[args[i]] = args[i] == "--containers" ? "" : args[++i];
        }

        try
        {
            var id = new LoopId(given["--id"]);
            await using var parts = await open(Read(given));
            if (args[0] == "run")
            {
                await parts.Host.StartAsync(new StartLoop("default", SpecFile.Read(given["--spec"]), id), CancellationToken.None);
            }

            // A start waits for no driver.
            await parts.Host.ResumeAsync(id, CancellationToken.None);
            await parts.IdleAsync();
            var view = await parts.Host.GetAsync(id, CancellationToken.None);
            Console.Out.WriteLine($"writes {parts.Points.Count}");
            Console.Out.WriteLine($"ended {view!.State.Status} {view.State.StopReason}");
            return ExitCodes.For(view.State.Status);
        }
        catch (LoopClusterException e)
        {
            Console.Error.WriteLine($"error {e.Code}: {e.Message}");
            return e switch
            {
                BadInputException => ExitCodes.BadInput,
                InfrastructureException => ExitCodes.Unavailable,
                LedgerCorruptException => ExitCodes.VerificationFailed,
                _ => ExitCodes.InternalError,
            };
        }
    }

    private static HostOptions Read(Dictionary<string, string> given) =>
        new()
        {
            Data = given["--data"],
            Redis = given.TryGetValue("--redis", out var server) ? new RedisStore(server, given["--prefix"], given["--keys"]) : null,
            Containers = given.ContainsKey("--containers"),
            Witness = given.GetValueOrDefault("--witness"),
            KillAt = given.TryGetValue("--kill", out var point) ? WritePoint.Parse(point) : null,
            Tell = line =>
            {
                Console.Out.WriteLine(line);
                Console.Out.Flush();
            },
        };
}
