using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost;
using LoopCluster.FaultHost.Faults;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

// loop-faulthost run --data DIR --id ID --spec FILE | resume --data DIR --id ID  [--containers] [--witness FILE] [--kill before|after:N|EVENT]
var given = new Dictionary<string, string>(StringComparer.Ordinal);
for (var i = 1; i < args.Length; i++)
{
    given[args[i]] = args[i] == "--containers" ? "" : args[++i];
}

var options = new HostOptions
{
    Data = given["--data"],
    Containers = given.ContainsKey("--containers"),
    Witness = given.GetValueOrDefault("--witness"),
    KillAt = given.TryGetValue("--kill", out var point) ? WritePoint.Parse(point) : null,
    Tell = line =>
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    },
};
try
{
    var id = new LoopId(given["--id"]);
    await using var parts = await HostParts.OpenAsync(options);
    if (args[0] == "run")
    {
        await parts.Host.StartAsync(new StartLoop("default", SpecFile.Read(given["--spec"]), id), CancellationToken.None);
    }
    else
    {
        await parts.Host.ResumeAsync(id, CancellationToken.None);
    }

    await parts.Host.IdleAsync();
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
