using System.CommandLine;
using LoopCluster.Cli.Cluster;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop cluster up | kill N | down</c>: a cluster on this machine.</summary>
internal static class ClusterCommand
{
    private const int MostSilos = 16;

    public static Command Create(CommonOptions options) =>
        new("cluster", "Run a cluster of silos with a Redis on this machine") { Up(options), Kill(options), Down(options) };

    private static Command Up(CommonOptions options)
    {
        var silos = new Option<int>("--silos")
        {
            Description = "How many silos. Default: 3",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        return new Command("up", "Start Redis and silos, or those that are missing") { silos }.Does(
            options,
            async (context, cancellationToken) =>
            {
                if (context.Get(silos) is < 1 or > MostSilos)
                {
                    throw new BadInputException("usage", "--silos", $"give 1 to {MostSilos} silos");
                }

                var state = await Open(context).UpAsync(context.Get(silos), context.ModelsFile, cancellationToken).ConfigureAwait(false);
                if (context.Io.Json)
                {
                    context.Io.WriteJsonLine(writer =>
                    {
                        writer.WriteStartObject();
                        writer.WriteString("url", state.Silos[0].Url);
                        writer.WriteString("key", state.ApiKey);
                        writer.WriteNumber("silos", state.Silos.Count);
                        writer.WriteStartArray("urls");
                        foreach (var silo in state.Silos)
                        {
                            writer.WriteStringValue(silo.Url);
                        }

                        writer.WriteEndArray();
                        writer.WriteEndObject();
                    });
                    return 0;
                }

                context.Io.Say($"url    {state.Silos[0].Url}");
                context.Io.Say($"key    {state.ApiKey}");
                context.Io.Say($"silos  {state.Silos.Count}: {string.Join(", ", state.Silos.Select(s => s.Url))}");
                context.Io.Note($"try: {CommandHints.Program} run SPEC --server {state.Silos[0].Url} --key {state.ApiKey}", whole: true);
                context.Io.Note(
                    $"'{context.Hints.Of("cluster kill", "1")}' kills a silo, '{context.Hints.Of("cluster down")}' stops everything",
                    whole: true
                );
                return 0;
            }
        );
    }

    private static Command Kill(CommonOptions options)
    {
        var number = new Argument<int>("N") { Description = "The silo's number, from 1" };
        return new Command("kill", "Kill a silo (SIGKILL); its loops go on elsewhere") { number }.Does(options, context =>
        {
            Open(context).Kill(context.Get(number));
            return 0;
        });
    }

    private static Command Down(CommonOptions options) =>
        new Command("down", "Drain and stop the silos, then Redis; the data stays").Does(options, async (context, cancellationToken) =>
        {
            await Open(context).DownAsync(cancellationToken).ConfigureAwait(false);
            return 0;
        });

    private static LocalCluster Open(CommandContext context) =>
        new(context.Data, text => context.Io.Note(context.Hints.Complete(text), whole: true));
}
