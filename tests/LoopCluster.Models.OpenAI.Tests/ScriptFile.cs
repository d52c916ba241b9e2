using LoopCluster.Models.OpenAI.Server;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>A script in a temporary file, and a server for it.</summary>
internal sealed class ScriptFile : IDisposable
{
    public ScriptFile(string text) => File.WriteAllText(Path, text);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"script-{Guid.NewGuid():N}.yaml");

    public static async Task<ModelServer> ServeAsync(string text, TimeSpan delay = default)
    {
        using var file = new ScriptFile(text);
        return await ModelServer.StartAsync(
            new ModelServerOptions
            {
                ScriptFile = file.Path,
                Port = 0,
                Delay = delay,
            },
            CancellationToken.None
        );
    }

    public void Dispose() => File.Delete(Path);
}
