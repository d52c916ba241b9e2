using System.CommandLine;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Silo;

/// <summary><c>loop-silo keys add TENANT | ls | revoke PREFIX</c>: the deployment's API keys, also while it runs.</summary>
internal static class KeysCommand
{
    public static Command Create(Func<ParseResult, Dictionary<string, string?>> given, Func<Func<Task<int>>, Task<int>> guard)
    {
        var tenant = new Argument<string>("TENANT") { Description = "Whose loops the key's holder sees" };
        var add = new Command("add", "Make a key and print it; it cannot be shown again") { tenant };
        add.SetAction((parse, cancellationToken) => guard(() => WithStoreAsync(given(parse), async (store, time) =>
                    {
                        var (key, kept) = ApiKeys.New(parse.GetRequiredValue(tenant), time);
                        await store.AddAsync(kept, cancellationToken).ConfigureAwait(false);
                        Print(writer =>
                        {
                            writer.WriteString("tenant", kept.Tenant);
                            writer.WriteString("key", key);
                            writer.WriteString("prefix", kept.Prefix);
                        });
                    })));

        var list = new Command("ls", "List keys by their visible beginnings, one JSON object a line");
        list.SetAction((parse, cancellationToken) => guard(() => WithStoreAsync(given(parse), async (store, _) =>
                    {
                        foreach (var key in await store.ListAsync(cancellationToken).ConfigureAwait(false))
                        {
                            Print(writer =>
                            {
                                writer.WriteString("tenant", key.Tenant);
                                writer.WriteString("prefix", key.Prefix);
                                writer.WriteString("created", key.Created);
                            });
                        }
                    })));

        var prefix = new Argument<string>("PREFIX") { Description = "The key's visible beginning" };
        var revoke = new Command("revoke", "End a key for good") { prefix };
        revoke.SetAction((parse, cancellationToken) => guard(() => WithStoreAsync(given(parse), async (store, _) =>
                    {
                        if (!await store.RevokeAsync(parse.GetRequiredValue(prefix), cancellationToken).ConfigureAwait(false))
                        {
                            throw new BadInputException(
                                "unknown-key",
                                "PREFIX",
                                $"there is no key that begins with '{parse.GetRequiredValue(prefix)}'; 'keys ls' lists them"
                            );
                        }
                    })));

        return new Command("keys", "API keys of the deployment") { add, list, revoke };
    }

    private static async Task<int> WithStoreAsync(Dictionary<string, string?> settings, Func<IApiKeyStore, TimeProvider, Task> act)
    {
        await using var services = SiloServices.ForKeys(settings);
        await act(services.GetRequiredService<IApiKeyStore>(), TimeProvider.System).ConfigureAwait(false);
        return 0;
    }

    private static void Print(Action<Utf8JsonWriter> write)
    {
        using var output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }
}
