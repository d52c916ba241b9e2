using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>An engine on a socket of its own that answers as it is told: by default as one whose containers never say a word.</summary>
internal sealed class StubEngine : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("loopcluster-stub-");
    private readonly Dictionary<string, Func<HttpContext, Task>> _answers = [];
    private readonly ConcurrentDictionary<string, byte> _asked = new();
    private readonly WebApplication _application;

    private StubEngine()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket));
        _application = builder.Build();
        _application.Run(AnswerAsync);
        On("version", Json(200, """{"Version":"99","ApiVersion":"1.41","Components":[{"Name":"Engine","Version":"99"}]}"""));
        On("info", Json(200, """{"SecurityOptions":[]}"""));
        On("create", Json(201, """{"Id":"abc","Warnings":[]}"""));
        On("inspect", Json(200, """{"Id":"abc","Config":{"Tty":false}}"""));
        On("attach", UpgradeAsync);
        On("start", Json(204, ""));
        On("wait", UntilGoneAsync);
        On("remove", Json(404, """{"message":"No such container"}"""));
    }

    public string Socket => Path.Combine(_directory.FullName, "s");

    public bool HasBeenAsked(string request) => _asked.ContainsKey(request);

    public static async Task<StubEngine> StartAsync()
    {
        var stub = new StubEngine();
        await stub._application.StartAsync();
        return stub;
    }

    public void On(string request, Func<HttpContext, Task> answer) => _answers[request] = answer;

    public static Func<HttpContext, Task> Json(int status, string body) =>
        async context =>
        {
            context.Response.StatusCode = status;
            if (body.Length > 0)
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(body);
            }
        };

    public static Func<HttpContext, Task> Fault(int status, string message) => Json(status, $$"""{"message":"{{message}}"}""");

    /// <summary>Never answers.</summary>
    public static Task UntilGoneAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    }

    /// <summary>Takes the connection over and writes bytes as the standard output of the container.</summary>
    public static Func<HttpContext, Task> Saying(byte[] output) => context => UpgradeAsync(context, output);

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static Task UpgradeAsync(HttpContext context) => UpgradeAsync(context, []);

    private static async Task UpgradeAsync(HttpContext context, byte[] output)
    {
        context.Response.Headers.ContentType = "application/vnd.docker.raw-stream";
        await using var stream = await context.Features.Get<IHttpUpgradeFeature>()!.UpgradeAsync();
        if (output.Length > 0)
        {
            byte[] header = [1, 0, 0, 0, .. BitConverter.GetBytes(output.Length).Reverse()];
            await stream.WriteAsync((byte[])[.. header, .. output]);
        }

        await stream.CopyToAsync(Stream.Null, context.RequestAborted);
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var name =
            path.EndsWith("/json", StringComparison.Ordinal) ? "inspect"
            : context.Request.Method == "DELETE" ? "remove"
            : path[(path.LastIndexOf('/') + 1)..];
        _asked[name] = 0;
        return _answers.TryGetValue(name, out var answer) ? answer(context) : Fault(500, $"{name} is not stubbed")(context);
    }
}
