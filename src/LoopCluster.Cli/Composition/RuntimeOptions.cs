using System.Net;
using LoopCluster.Runtime.Models;

namespace LoopCluster.Cli.Composition;

/// <param name="Models">What names of models stand for.</param>
/// <param name="SecretNames">Environment variables to redact beside those of the models file.</param>
/// <param name="Verbose">Log from Debug up; otherwise warnings.</param>
/// <param name="Settings">Configuration beside the environment's.</param>
/// <param name="Listening">Where the API is served once the runtime is started; null: nowhere.</param>
public sealed record RuntimeOptions(
    ModelCatalog Models,
    IReadOnlyList<string?> SecretNames,
    bool Verbose = false,
    IReadOnlyDictionary<string, string?>? Settings = null,
    Listening? Listening = null
);

/// <summary>The API on the data directory's socket.</summary>
/// <param name="Network">And here; null: there alone.</param>
public sealed record Listening(IPEndPoint? Network = null);
