using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Cluster;
using LoopCluster.Cli.Sessions;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop keys add|ls|revoke</c>: who may use the API. Works beside a running server, which sees it at once.</summary>
internal static class KeysCommand
{
    /// <summary>Where a deployment's silos are told their Redis is.</summary>
    private const string RedisVariable = "LoopCluster__Redis__Configuration";

    public static Command Create(CommonOptions options)
    {
        var whose = new Option<string?>("--for")
        {
            Description = "'cluster' or 'directory': whose keys. Default: the cluster's, where there is one",
            HelpName = "WHICH",
            Recursive = true,
        };
        whose.AcceptOnlyFromAmong("cluster", "directory");
        return new Command("keys", "Make, list and revoke keys of the API")
        {
            whose,
            Add(options, whose),
            List(options, whose),
            Revoke(options, whose),
        };
    }

    private static Command Add(CommonOptions options, Option<string?> whose)
    {
        var tenant = new Argument<string>("TENANT") { Description = "Who the key is for: 1 to 40 characters of a-z 0-9 -" };
        return new Command("add", "Make a key; it is shown this once") { tenant }.Does(options, async (context, cancellationToken) =>
        {
            var (key, kept) = ApiKeys.New(context.Get(tenant), TimeProvider.System);
            var prefix = kept.Prefix;
            var cluster = await FindClusterAsync(context, context.Get(whose), cancellationToken).ConfigureAwait(false);
            if (cluster is not null)
            {
                (key, prefix) = await cluster.AddAsync(kept.Tenant, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                context.Data.Create();
                await Store(context).AddAsync(kept, cancellationToken).ConfigureAwait(false);
            }

            if (context.Io.Json)
            {
                context.Io.WriteJson(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("tenant", kept.Tenant);
                    writer.WriteString("key", key);
                    writer.WriteString("prefix", prefix);
                    writer.WriteEndObject();
                });
            }
            else
            {
                context.Io.Say(key);
                context.Io.Note(
                    $"the key of tenant {kept.Tenant} {(cluster is null ? $"for 'loop up' over {context.Data.Root}" : "for the cluster, whose silos know it within two seconds")}; it cannot be shown again. {context.Hints.Of("keys revoke", prefix)} ends it.",
                    whole: true
                );
            }

            return 0;
        });
    }

    private static Command List(CommonOptions options, Option<string?> whose) =>
        new Command("ls", "List keys by their visible beginning").Does(options, async (context, cancellationToken) =>
        {
            // A directory nobody has used yet has no keys.
            IReadOnlyList<ApiKey> keys =
                await FindClusterAsync(context, context.Get(whose), cancellationToken).ConfigureAwait(false) is { } cluster
                    ? await cluster.ListAsync(cancellationToken).ConfigureAwait(false)
                : Directory.Exists(context.Data.Root) ? await Store(context).ListAsync(cancellationToken).ConfigureAwait(false)
                : [];
            if (context.Io.Json)
            {
                WriteJson(context, keys);
                return 0;
            }

            context.Io.Say(
                ["prefix", "tenant", "created"],
                keys.Select(k =>
                    new[] { k.Prefix, k.Tenant, k.Created.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) }
                )
            );
            return 0;
        });

    private static Command Revoke(CommonOptions options, Option<string?> whose)
    {
        var prefix = new Argument<string>("PREFIX") { Description = "The key's visible beginning, as 'loop keys ls' shows it" };
        return new Command("revoke", "End a key for good") { prefix }.Does(options, async (context, cancellationToken) =>
        {
            var revoked = await FindClusterAsync(context, context.Get(whose), cancellationToken).ConfigureAwait(false) is { } cluster
                ? await cluster.RevokeAsync(context.Get(prefix), cancellationToken).ConfigureAwait(false)
                : Directory.Exists(context.Data.Root)
                    && await Store(context).RevokeAsync(context.Get(prefix), cancellationToken).ConfigureAwait(false);
            if (!revoked)
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

    /// <summary>
    /// The cluster whose keys are meant, or null for those of the data directory. Two servers may use one directory: then it must be said
    /// which.
    /// </summary>
    private static async ValueTask<ClusterKeys?> FindClusterAsync(
        CommandContext context,
        string? whose,
        CancellationToken cancellationToken
    )
    {
        if (whose == "directory")
        {
            return null;
        }

        if (!context.IsDataGiven && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(RedisVariable)))
        {
            return new ClusterKeys(new Dictionary<string, string>());
        }

        var cluster = new LocalCluster(context.Data, text => context.Io.Note(text)).FindKeys();
        if (cluster is null)
        {
            return whose is null
                ? null
                : throw new BadInputException(
                    "cluster-not-up",
                    "--for",
                    $"there is no cluster in {context.Data.Root}; 'loop cluster up' starts one"
                );
        }

        await using var holder = whose is null
            ? await Holder.TryConnectAsync(DirectorySocket.To(context.Data.Root), cancellationToken).ConfigureAwait(false)
            : null;
        return holder is null
            ? cluster
            : throw new BadInputException(
                "usage",
                "--for",
                $"a cluster and another server both use {context.Data.Root}: say whose keys you mean, --for cluster or --for directory"
            );
    }

    private static void WriteJson(CommandContext context, IReadOnlyList<ApiKey> keys) =>
        context.Io.WriteJson(writer =>
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
