using System.CommandLine;
using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop keys add|ls|revoke</c>: who may use the API. Works beside a running server, which sees it at once.</summary>
internal static class KeysCommand
{
    public static Command Create(CommonOptions options) => new("keys", "Make, list and revoke keys of the API") { Add(options), List(options), Revoke(options) };

    private static Command Add(CommonOptions options)
    {
        var tenant = new Argument<string>("TENANT") { Description = "Who the key is for: 1 to 40 characters of a-z 0-9 -" };
        return new Command("add", "Make a key; it is shown this once") { tenant }.Does(options, async (context, cancellationToken) =>
        {
            var (key, kept) = ApiKeys.New(context.Get(tenant), TimeProvider.System);
            context.Data.Create();
            await Store(context).AddAsync(kept, cancellationToken).ConfigureAwait(false);
            if (context.Io.Json)
            {
                context.Io.WriteJson(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("tenant", kept.Tenant);
                    writer.WriteString("key", key);
                    writer.WriteString("prefix", kept.Prefix);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Io.Say(key);
                context.Io.Note($"the key of tenant {kept.Tenant}; it cannot be shown again. {context.Hints.Of("keys revoke", kept.Prefix)} ends it.", whole: true);
            }

            return 0;
        });
    }

    private static Command List(CommonOptions options) => new Command("ls", "List keys by their visible beginning").Does(options, async (context, cancellationToken) =>
    {
        // A directory nobody has used yet has no keys.
        IReadOnlyList<ApiKey> keys = Directory.Exists(context.Data.Root) ? await Store(context).ListAsync(cancellationToken).ConfigureAwait(false) : [];
        if (context.Io.Json)
        {
            WriteJson(context, keys);
            return 0;
        }

        context.Io.Say(["prefix", "tenant", "created"], keys.Select(k => new[] { k.Prefix, k.Tenant, k.Created.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) }));
        return 0;
    });

    private static Command Revoke(CommonOptions options)
    {
        var prefix = new Argument<string>("PREFIX") { Description = "The key's visible beginning, as 'loop keys ls' shows it" };
        return new Command("revoke", "End a key for good") { prefix }.Does(options, async (context, cancellationToken) =>
        {
            if (!Directory.Exists(context.Data.Root) || !await Store(context).RevokeAsync(context.Get(prefix), cancellationToken).ConfigureAwait(false))
            {
                throw new BadInputException("unknown-key", "PREFIX", "there is no key with this prefix; 'loop keys ls' lists them");
            }

            if (context.Io.Json)
            {
                context.Io.WriteJson(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("prefix", context.Get(prefix));
                    writer.WriteBoolean("revoked", true);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Io.Say("revoked");
            }

            return 0;
        });
    }

    private static void WriteJson(CommandContext context, IReadOnlyList<ApiKey> keys) => context.Io.WriteJson(writer =>
    {
        writer.WriteStartArray();
        foreach (var key in keys)
        {
            writer.WriteStartObject();
            writer.WriteString("prefix", key.Prefix);
            writer.WriteString("tenant", key.Tenant);
            writer.WriteString("created", key.Created);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static FileApiKeyStore Store(CommandContext context) => new(context.Data.Keys);
}
