using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Cli.Server;

/// <summary>Makes one document of a spec file and the files it names, because a server reads none of this machine's.</summary>
internal static class SpecInline
{
    private const string Scheme = "script:";

    /// <summary>The spec as JSON, scripts and policy put in.</summary>
    /// <exception cref="BadInputException">As for <see cref="SpecFile.Read"/>; <c>spec-path-not-allowed</c> for a workspace of this
    /// machine.</exception>
    public static ReadOnlyMemory<byte> Read(string path)
    {
        var file = Path.GetFullPath(path);
        // Read as a local one first: its faults are told here, all at once.
        var spec = SpecFile.Read(file);
        if (spec.Workspace.Path is not null || (spec.Workspace.Git is { } git && !git.StartsWith("https://", StringComparison.Ordinal)))
        {
            throw new BadInputException(
                "spec-path-not-allowed",
                "workspace",
                "is on this machine, which the server cannot read: push it and give git: https://..., or write the files into the spec (workspace: { files: ... })"
            );
        }

        var document = JsonNode.Parse(YamlJson.Parse(File.ReadAllBytes(file), "spec-invalid").GetRawText())!.AsObject();
        var directory = Path.GetDirectoryName(file)!;
        if (document["model"] is { } model)
        {
            document["model"] = Model(model, directory);
        }

        if (document["models"] is JsonObject roles)
        {
            foreach (var (role, named) in roles.ToList())
            {
                roles[role] = Model(named!, directory);
            }
        }

        foreach (var judge in (document["gates"] as JsonArray ?? []).Select(g => g?["judge"]).OfType<JsonObject>())
        {
            if (judge["model"] is { } named)
            {
                judge["model"] = Model(named, directory);
            }
        }

        if (document["policy"] is JsonValue policy)
        {
            document["policy"] = ReadFile(policy.GetValue<string>(), directory, "policy-unreadable", "policy");
        }

        return Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private static JsonNode Model(JsonNode model, string directory)
    {
        switch (model)
        {
            case JsonValue text when text.GetValue<string>() is var name && name.StartsWith(Scheme, StringComparison.Ordinal):
                return new JsonObject { ["script"] = ReadFile(name[Scheme.Length..].Trim(), directory, "script-unreadable", "model") };
            case JsonArray tiers:
                return new JsonArray([.. tiers.Select(tier => tier is null ? null : Model(tier, directory))]);
            case JsonObject tier when tier["tier"] is not null && tier["models"] is JsonArray models:
                var own = models.Select(m => m is null ? null : Model(m, directory)).ToArray();
                return new JsonObject { ["tier"] = tier["tier"]!.DeepClone(), ["models"] = new JsonArray(own) };
            case JsonObject fields when fields["script"] is JsonValue file:
                fields["script"] = ReadFile(file.GetValue<string>(), directory, "script-unreadable", "model.script");
                return fields.DeepClone();
            default:
                return model.DeepClone();
        }
    }

    private static JsonNode? ReadFile(string path, string directory, string unreadable, string at)
    {
        var file = Path.GetFullPath(path, directory);
        try
        {
            return JsonNode.Parse(YamlJson.Parse(File.ReadAllBytes(file), unreadable).GetRawText());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(unreadable, at, $"cannot read {file}: {e.Message}");
        }
    }
}
