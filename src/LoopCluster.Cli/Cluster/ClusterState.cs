using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Cluster;

/// <summary>What runs of a local cluster, kept in <c>cluster/cluster.json</c> (0600) of the data directory.</summary>
internal sealed record ClusterState
{
    public required int RedisPort { get; init; }

    public required string RedisPassword { get; init; }

    public DetachedProcess? Redis { get; init; }

    /// <summary>Key of the tenant <c>default</c>.</summary>
    public string? ApiKey { get; init; }

    public IReadOnlyList<SiloState> Silos { get; init; } = [];

    public static ClusterState? Read(string file)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), ClusterJson.Default.ClusterState);
        }
        catch (JsonException e)
        {
            throw new BadInputException(
                "cluster-state-unreadable",
                "--data",
                $"{file} cannot be read ({e.Message}). Stop what is left of the cluster by hand and remove the directory it is in."
            );
        }
    }

    public void Write(string file)
    {
        var temporary = file + ".new";
        using (
            var stream = new FileStream(
                temporary,
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            JsonSerializer.Serialize(stream, this, ClusterJson.Default.ClusterState);
        }

        File.Move(temporary, file, overwrite: true);
    }
}

/// <param name="Number">From 1.</param>
internal sealed record SiloState(int Number, int HttpPort, int SiloPort, int GatewayPort, DetachedProcess? Process)
{
    [JsonIgnore]
    public string Url => $"http://127.0.0.1:{HttpPort}";
}

[JsonSerializable(typeof(ClusterState))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class ClusterJson : JsonSerializerContext;
