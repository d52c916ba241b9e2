using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.Redis.Connection;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Startup;

/// <summary>
/// The key that says whose a prefix is and how its keys are laid out. Writing it also shows that the server takes writes.
/// </summary>
internal sealed class DeploymentMarker(RedisConnection connection)
{
    /// <summary>Raised when keys change so that older versions cannot read them.</summary>
    private const int Layout = 1;

    /// <exception cref="BadInputException"><c>redis-prefix-taken</c>, <c>redis-layout-unknown</c>.</exception>
    public async ValueTask TakeAsync(CancellationToken cancellationToken)
    {
        var asked = connection.Options.Deployment;
        var mine = JsonSerializer.Serialize(
            new Marker(asked.Length > 0 ? asked : Guid.NewGuid().ToString("N"), Layout, Guid.NewGuid().ToString("N")),
            JsonSerializerOptions.Web
        );
        var found = (string?)
            await connection
                .RunAsync(
                    (connection.Keys.Deployment, mine),
                    static async (database, s) =>
                    {
                        await database.StringSetAsync(s.Deployment, s.mine, when: When.NotExists).ConfigureAwait(false);
                        return await database.StringGetAsync(s.Deployment).ConfigureAwait(false);
                    },
                    "starting",
                    cancellationToken
                )
                .ConfigureAwait(false);
        var marker = Parse(found);
        if (marker is null || marker.Layout > Layout)
        {
            throw new BadInputException(
                "redis-layout-unknown",
                "",
                $"The keys under '{connection.Keys.Prefix}' in Redis at {connection.Servers} are laid out in a way this version does not know ({found}). Use the version that wrote them, or another {RedisLedgerOptions.Section}:Prefix."
            );
        }

        if (asked.Length > 0 && marker.Deployment != asked)
        {
            throw new BadInputException(
                "redis-prefix-taken",
                "",
                $"The prefix '{connection.Keys.Prefix}' in Redis at {connection.Servers} belongs to deployment '{marker.Deployment}', and this is '{asked}'. Give each deployment its own {RedisLedgerOptions.Section}:Prefix."
            );
        }

        connection.Deployment = NameIn(found);
    }

    /// <summary>
    /// Whose the keys are since they were begun, whatever their layout: a newer version may have raised it, for itself. Null when the text
    /// is no marker.
    /// </summary>
    public static string? NameIn(string? text) => Parse(text) is { } marker ? $"{marker.Deployment} {marker.Id}" : null;

    private static Marker? Parse(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<Marker>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <param name="Id">Of this beginning: the same name taken again after a flush is another one.</param>
    private sealed record Marker(string Deployment, int Layout, string? Id = null);
}
