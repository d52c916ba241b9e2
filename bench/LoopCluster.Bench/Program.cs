using System.CommandLine;
using LoopCluster.Bench;
using LoopCluster.Bench.Budgets;
using LoopCluster.Bench.Cluster;
using LoopCluster.Bench.Cluster.Chaos;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.Bench.Cluster.Recovery;
using LoopCluster.Bench.Cluster.Turns;
using LoopCluster.Bench.Gates;
using LoopCluster.Bench.Reads;
using LoopCluster.Bench.Replay;
using LoopCluster.Bench.Routing;
using LoopCluster.Bench.Sandbox;
using LoopCluster.Bench.Skills;
using LoopCluster.Bench.Turns;

switch (args)
{
    case ["cluster", .. var given]:
        return await ClusterCommand.RunAsync(given);
    case ["chaos", .. var given]:
        return await ChaosCommand.RunAsync(given);
    // What a cluster's run starts itself.
    case ["bench-silo", .. var given]:
        return await BenchSilo.RunAsync(given);
    case ["silo", .. var given]:
        return await WitnessedSilo.RunAsync(given);
    case ["spin"]:
        return Saturation.Spin();
}

var json = Figures.JsonOption();
var url = new Option<Uri?>("--model-url")
{
    Description = "Base URL of the model server, with or without /v1. Default: a stub of its own.",
    CustomParser = r => new Uri(r.Tokens[0].Value),
};
var sessions = new Option<int>("--sessions") { Description = "Loops at once.", DefaultValueFactory = _ => 500 };
var turnsOption = new Option<int>("--turns") { Description = "Turns of each.", DefaultValueFactory = _ => 10 };
var directory = new Option<string?>("--data")
{
    Description = "Where the ledgers go. Default: the temporary directory; mind that it may be a RAM disk.",
};

var turns = new Command("turns", "One HTTP model call and one no-op tool a turn, every step durable.")
{
    url,
    sessions,
    turnsOption,
    directory,
};
turns.SetAction(async parse =>
{
    await using var own = parse.GetValue(url) is null ? await StubServer.StartAsync(parse.GetValue(turnsOption)) : null;
    Figures.Print(
        await TurnsBench.RunAsync(
            parse.GetValue(url) ?? own!.Url,
            parse.GetValue(sessions),
            parse.GetValue(turnsOption),
            parse.GetValue(directory)
        ),
        parse.GetValue(json)
    );
    return 0;
});

var events = new Option<int>("--events") { Description = "Entries of the long ledger.", DefaultValueFactory = _ => 10_000 };
var replay = new Command("replay", "Load and fold a long ledger; memory of an idle loop.") { events };
replay.SetAction(async parse =>
{
    Figures.Print(await ReplayBench.RunAsync(parse.GetValue(events)), parse.GetValue(json));
    return 0;
});

var stored = new Option<int>("--loops") { Description = "Loops that are stored; 100 of them are long.", DefaultValueFactory = _ => 10_000 };
var reads = new Command(
    "reads",
    "Showing and listing many stored loops, short and long, over the API; making the read model anew; creating loops."
)
{
    stored,
    directory,
};
reads.SetAction(async parse =>
{
    Figures.Print(await ReadsBench.RunAsync(parse.GetValue(stored), parse.GetValue(directory)), parse.GetValue(json));
    return 0;
});

var scripted = new Option<int>("--loops") { Description = "Scripted loops.", DefaultValueFactory = _ => 600 };
var routing = new Command(
    "routing",
    "Cost per verified outcome with tiers and without; where sessions go among replicas. No model is asked."
)
{
    scripted,
};
routing.SetAction(parse =>
{
    Figures.Print(RoutingBench.Run(parse.GetValue(scripted)), parse.GetValue(json));
    return 0;
});

var children = new Option<int>("--children") { Description = "Children that race one ceiling.", DefaultValueFactory = _ => 500 };
var seed = new Option<int>("--seed") { Description = "Of sizes, bills and crashes.", DefaultValueFactory = _ => 1 };
var budget = new Command("budget", "A race for one ceiling, with crashes: overshoot, what stays held, what can be used.")
{
    children,
    seed,
};
budget.SetAction(async parse =>
{
    Figures.Print(await BudgetBench.RunAsync(parse.GetValue(children), parse.GetValue(seed)), parse.GetValue(json));
    return 0;
});

var image = new Option<string>("--image")
{
    Description = "Image of both kinds of call.",
    DefaultValueFactory = _ => "loopcluster/sandbox",
};
var calls = new Option<int>("--calls")
{
    Description = "Calls of each kind at the most; fewer where they would take more than some two minutes.",
    DefaultValueFactory = _ => 40,
};
var think = new Option<int>("--think") { Description = "Milliseconds between calls.", DefaultValueFactory = _ => 400 };
var engine = new Option<string>("--engine") { Description = "Client of the container engine.", DefaultValueFactory = _ => "docker" };
var driver = new Option<string>("--driver") { Description = "cli, docker, or auto: as a host chooses.", DefaultValueFactory = _ => "auto" };
var sandbox = new Command("sandbox", "A tool call in a throwaway container beside 'run --rm', and beside bare requests to the Engine API.")
{
    image,
    calls,
    think,
    engine,
    driver,
};
sandbox.SetAction(async parse =>
{
    Figures.Print(
        await SandboxBench.RunAsync(
            parse.GetValue(image)!,
            parse.GetValue(calls),
            parse.GetValue(think),
            parse.GetValue(engine)!,
            parse.GetValue(driver)!
        ),
        parse.GetValue(json)
    );
    return 0;
});

var gateLoops = new Option<int>("--loops") { Description = "Loops of each kind.", DefaultValueFactory = _ => 8 };
var work = new Option<double>("--work") { Description = "Seconds that the gate takes by itself.", DefaultValueFactory = _ => 1 };
var gates = new Command("gates", "What strength costs: canary and counterfactual beside the gate's own run, in whole loops.")
{
    image,
    gateLoops,
    work,
    engine,
};
gates.SetAction(async parse =>
{
    Figures.Print(
        await GatesBench.RunAsync(parse.GetValue(image)!, parse.GetValue(gateLoops), parse.GetValue(work), parse.GetValue(engine)!),
        parse.GetValue(json)
    );
    return 0;
});

var skillCount = new Option<int>("--skills") { Description = "Skills of the library.", DefaultValueFactory = _ => 10_000 };
var skills = new Command("skills", "Searching a library of skills for a goal and a failure, beside the plain formula.") { skillCount };
skills.SetAction(parse =>
{
    Figures.Print(SkillsBench.Run(parse.GetValue(skillCount)), parse.GetValue(json));
    return 0;
});

var stubArguments = new Argument<string[]>("arguments");
var stub = new Command("stub", "The stub model server; ends with its standard input.") { stubArguments };
stub.Hidden = true;
stub.SetAction(async parse =>
{
    await StubServer.RunAsync(parse.GetValue(stubArguments)!);
    return 0;
});

return await new RootCommand("Benchmarks of LoopCluster. Each prints one JSON object. 'cluster' and 'chaos' have a --help of their own.")
{
    turns,
    sandbox,
    replay,
    reads,
    gates,
    routing,
    budget,
    skills,
    stub,
    json,
}
    .Parse(args)
    .InvokeAsync();
