using System.Text.Json;

namespace LoopCluster.Engine.Specs;

/// <summary>Reads <c>replicas</c> of a model: base URLs of servers that all have it, in place of <c>url</c>.</summary>
public static class ReplicaReader
{
    private const int Most = 64;

    /// <returns>Null where there are none.</returns>
    public static IReadOnlyList<string>? Read(SpecObject model)
    {
        if (!model.Has("replicas"))
        {
            return null;
        }

        var urls = new List<string>();
        foreach (var (path, value) in model.Array("replicas", Most))
        {
            if (value.ValueKind == JsonValueKind.String && SpecObject.Decode(value) is { Length: > 0 } url)
            {
                urls.Add(url.TrimEnd('/'));
            }
            else
            {
                model.Faults.Add(path, "must be the base URL of a server");
            }
        }

        var at = model.At("replicas");
        if (model.Has("url"))
        {
            model.Faults.Add(at, "stands beside url: give one of the two, replicas where several servers have the model");
        }

        if (urls.Count == 0)
        {
            model.Faults.Add(at, "must name at least one server");
        }
        else if (urls.Distinct(StringComparer.Ordinal).Count() < urls.Count)
        {
            model.Faults.Add(at, "names one twice");
        }

        return urls.Count > 0 ? urls : null;
    }
}
