using System.CommandLine;
using System.Net;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Server;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop up</c>: this machine's loops behind the HTTP API, until a signal comes.</summary>
internal static class UpCommand
{
    public static Command Create(CommonOptions options)
    {
        var port = new Option<int>("--port")
        {
            Description = "0 for any free one",
            HelpName = "P",
            DefaultValueFactory = _ => 8080,
        };
        var host = new Option<string>("--host")
        {
            Description = "IP address to serve on",
            HelpName = "IP",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        return new Command("up", "Serve the HTTP API over the loops of this data directory until a signal comes") { port, host }.Does(
            options,
            (context, cancellationToken) => RunAsync(context, EndPoint(context.Get(host)!, context.Get(port)), cancellationToken)
        );
    }

    private static async Task<int> RunAsync(CommandContext context, IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        await using var runtime = await LoopRuntime
            .OwnAsync(context.Data, context.RuntimeOptions(context.LoadModels()) with { Listening = new Listening(endpoint) })
            .ConfigureAwait(false);
        await runtime.StartAsync(cancellationToken).ConfigureAwait(false);
        var resumed = await runtime.Host.ResumeAllAsync(cancellationToken).ConfigureAwait(false);
        await using var parked = runtime.Parked;
        parked.Start();
        var key = await FirstKeyAsync(runtime, cancellationToken).ConfigureAwait(false);
        Tell(context, runtime.Url, key, resumed.Count, endpoint);

        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (
            cancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), stop).ConfigureAwait(false)
        )
        {
            await stop.Task.ConfigureAwait(false);
        }

        runtime.BeginDrain();
        context.Io.Note(context.Hints.Complete("parking the loops; the next 'loop up' goes on with them"));
        return 0;
    }

    /// <summary>Null when there are keys: what is kept of them cannot be shown again.</summary>
    private static async ValueTask<string?> FirstKeyAsync(LoopRuntime runtime, CancellationToken cancellationToken)
    {
        var store = new FileApiKeyStore(runtime.Data.Keys);
        if ((await store.ListAsync(cancellationToken).ConfigureAwait(false)).Count > 0)
        {
            return null;
        }

        var (key, kept) = ApiKeys.New(CommandContext.Tenant, TimeProvider.System);
        await store.AddAsync(kept, cancellationToken).ConfigureAwait(false);
        return key;
    }

    private static void Tell(CommandContext context, Uri url, string? key, int resumed, IPEndPoint endpoint)
    {
        var address = url.ToString().TrimEnd('/');
        if (context.Io.Json)
        {
            context.Io.WriteJsonLine(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("url", address);
                writer.WriteString("key", key);
                writer.WriteNumber("silos", 1);
                writer.WriteEndObject();
            });
        }
        else
        {
            context.Io.Say($"serving {address} with the loops of {context.Data.Root}{(resumed == 0 ? "" : $"; {resumed} taken up")}");
            context.Io.Say(
                key is null
                    ? $"callers need a key: {context.Hints.Of("keys add", "TENANT")}"
                    : $"the key of tenant {CommandContext.Tenant}, shown this once: {key}",
                whole: true
            );
        }

        if (!IPAddress.IsLoopback(endpoint.Address))
        {
            context.Io.Note("keys and answers travel unencrypted: put something that speaks TLS in front of this address");
        }
    }

    private static IPEndPoint EndPoint(string host, int port) =>
        IPAddress.TryParse(host == "localhost" ? "127.0.0.1" : host, out var address) && port is >= 0 and <= IPEndPoint.MaxPort
            ? new IPEndPoint(address, port)
            : throw new BadInputException("address-unusable", "--host", $"{host}:{port} is no IP address and port to serve on");
}
