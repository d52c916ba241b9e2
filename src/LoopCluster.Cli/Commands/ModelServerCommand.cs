using System.CommandLine;
using LoopCluster.Models.OpenAI.Server;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop model-server --script F --port P</c>: a script over the HTTP API of OpenAI-compatible endpoints.</summary>
internal static class ModelServerCommand
{
    public static Command Create(CommonOptions options)
    {
        var script = new Option<string>("--script")
        {
            Description = "The script, YAML or JSON",
            HelpName = "FILE",
            Required = true,
        };
        var port = new Option<int>("--port")
        {
            Description = "0 for any free one",
            HelpName = "P",
            DefaultValueFactory = _ => 8080,
        };
        var address = new Option<string>("--address")
        {
            Description = "IP address to serve on",
            HelpName = "IP",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var delay = new Option<int>("--delay") { Description = "Milliseconds between a request and its reply", HelpName = "MS" };
        return new Command("model-server", "Serve a scripted model over HTTP until a signal comes") { script, port, address, delay }.Does(
            options,
            async (context, cancellationToken) =>
            {
                var served = new ModelServerOptions
                {
                    ScriptFile = Path.GetFullPath(context.Get(script)!),
                    Port = context.Get(port),
                    Address = context.Get(address)!,
                    Delay = TimeSpan.FromMilliseconds(Math.Max(0, context.Get(delay))),
                };
                await ModelServer.RunAsync(served, url => Ready(context, url), cancellationToken).ConfigureAwait(false);
                return 0;
            }
        );
    }

    private static void Ready(CommandContext context, Uri url)
    {
        if (context.Io.Json)
        {
            context.Io.WriteJson($$"""{"url":"{{url}}"}""");
        }
        else
        {
            context.Io.Say($"serving the script at {url}");
        }
    }
}
