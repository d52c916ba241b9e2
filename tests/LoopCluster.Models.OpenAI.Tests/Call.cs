using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Models.OpenAI.Scripts;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>Short ways to bindings, requests and clients.</summary>
internal static class Call
{
    public static ModelBinding Binding(Uri url, string? keyEnv = null, bool stream = false, int concurrency = 64) =>
        new()
        {
            Name = "tested",
            Url = url.ToString().TrimEnd('/'),
            Model = "m",
            Window = 8192,
            MaxTokens = 512,
            KeyEnv = keyEnv,
            Stream = stream,
            Concurrency = concurrency,
        };

    public static ModelBinding Binding(BlobRef script) =>
        new()
        {
            Name = "script",
            Model = "script",
            Script = script,
            Window = 8192,
            MaxTokens = 512,
        };

    public static byte[] Body(bool stream = false, int? maxTokens = 512, params (string Role, string Text)[] messages) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object?>
            {
                ["model"] = "m",
                ["max_tokens"] = maxTokens,
                ["messages"] = (messages.Length == 0 ? [("user", "hello")] : messages)
                    .Select(m => new { role = m.Role, content = m.Text })
                    .ToArray(),
                ["stream"] = stream ? true : null,
                ["stream_options"] = stream ? new { include_usage = true } : null,
            }
                .Where(member => member.Value is not null)
                .ToDictionary()
        );

    public static ModelCall To(
        ModelBinding model,
        byte[]? body = null,
        int turn = 0,
        string role = "make",
        Action<string>? onText = null
    ) => new(model, new LoopId("loop-1"), role, turn, body ?? Body(stream: model.Stream), onText);

    public static ServiceProvider Services(
        Action<OpenAIModelsOptions>? configure = null,
        TimeProvider? time = null,
        IBlobStore? blobs = null
    )
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton(blobs ?? new MemoryBlobs());
        if (time is not null)
        {
            services.AddSingleton(time);
        }

        services.AddOpenAIModels();
        services.Configure(configure ?? (static _ => { }));
        return services.BuildServiceProvider();
    }

    public static OpenAIModelClient Http(this IServiceProvider services) =>
        services.GetServices<IModelClient>().OfType<OpenAIModelClient>().Single();

    public static ScriptedModelClient Scripted(this IServiceProvider services) =>
        services.GetServices<IModelClient>().OfType<ScriptedModelClient>().Single();

    public static async Task<ModelAnswer> AnswerAsync(this IModelClient client, ModelCall call)
    {
        var result = await client.SendAsync(call, CancellationToken.None);
        result.Failure.ShouldBeNull();
        return result.Answer.ShouldNotBeNull();
    }

    public static async Task<ModelFailure> FailureAsync(
        this IModelClient client,
        ModelCall call,
        CancellationToken cancellationToken = default
    )
    {
        var result = await client.SendAsync(call, cancellationToken);
        result.Answer.ShouldBeNull();
        return result.Failure.ShouldNotBeNull();
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
