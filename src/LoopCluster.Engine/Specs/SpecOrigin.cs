using System.Text.Json;
using LoopCluster.Engine.Network;

namespace LoopCluster.Engine.Specs;

/// <summary>Where a spec came from decides what it may name: a file may name local paths, a request over the network may not.</summary>
public sealed record SpecOrigin
{
    private SpecOrigin() { }

    /// <summary>Absolute directory that relative paths start from; null when no local path may be named.</summary>
    public string? Directory { get; private init; }

    /// <summary>Reads a YAML or JSON file, given its absolute path. Null: <c>policy</c> must be inline.</summary>
    public Func<string, JsonElement>? ReadFile { get; private init; }

    /// <summary>Destinations inside that a spec of the network may name.</summary>
    public PrivateHosts Opened { get; private init; } = PrivateHosts.None;

    public SpecSource Source => Directory is null ? SpecSource.Network : SpecSource.File;

    /// <summary>
    /// A spec sent over the network: no local path, no endpoint URL, git only over https or ssh, public destinations only.
    /// </summary>
    public static SpecOrigin Api { get; } = new();

    /// <summary>A spec sent over the network to a server whose operator opened some destinations inside.</summary>
    public static SpecOrigin Network(PrivateHosts opened) => new() { Opened = opened };

    /// <summary>A spec file in <paramref name="directory"/> (absolute).</summary>
    /// <param name="readFile">Throws <see cref="Errors.BadInputException"/> for a file that cannot be read or parsed.</param>
    public static SpecOrigin File(string directory, Func<string, JsonElement>? readFile = null) =>
        Path.IsPathFullyQualified(directory)
            ? new SpecOrigin { Directory = directory, ReadFile = readFile }
            : throw new ArgumentException($"not an absolute directory: {directory}", nameof(directory));
}
