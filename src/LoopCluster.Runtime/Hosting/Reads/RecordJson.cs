using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Hosting.Reads;

/// <summary>Records as a read model keeps them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(LoopRecord))]
[JsonSerializable(typeof(LoopSummary))]
public sealed partial class RecordJson : JsonSerializerContext
{
    /// <summary>To be raised when a member of a record is made in another way; members that come or go are noticed by themselves.</summary>
    private const int Meaning = 2;

    private static int? _version;

    /// <summary>Names the shape of a record: what another version kept is not read, but made anew.</summary>
    public static int Version => _version ??= VersionOf(Default.LoopRecord);

    private static int VersionOf(JsonTypeInfo root)
    {
        var hash = 2166136261u + Meaning;
        var seen = new HashSet<Type>();
        Add(root, ref hash, seen);
        return (int)(hash & 0x7fffffff);
    }

    private static void Add(JsonTypeInfo type, ref uint hash, HashSet<Type> seen)
    {
        if (!seen.Add(type.Type))
        {
            return;
        }

        foreach (var member in type.Properties)
        {
            foreach (var c in $"{type.Type.Name}.{member.Name}:{member.PropertyType.Name};")
            {
                hash = (hash ^ c) * 16777619u;
            }

            Add(
                Default.GetTypeInfo(member.PropertyType) ?? throw new JsonException($"{member.PropertyType} has no metadata"),
                ref hash,
                seen
            );
        }

        if (type.ElementType is { } element)
        {
            Add(Default.GetTypeInfo(element)!, ref hash, seen);
        }
    }
}
