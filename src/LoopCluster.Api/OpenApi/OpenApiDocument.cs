using LoopCluster.Api.Loops;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.OpenApi;

/// <summary><c>GET /openapi/v1.json</c>. Written by hand, as the contract it is; a test holds it to the routes.</summary>
internal static class OpenApiDocument
{
    private static readonly ReadOnlyMemory<byte> Content = Read();

    public static Task AnswerAsync(HttpContext context) => JsonAnswer.WriteAsync(context, Content);

    private static byte[] Read()
    {
        using var resource = typeof(OpenApiDocument).Assembly.GetManifestResourceStream("LoopCluster.Api.openapi.json")!;
        using var memory = new MemoryStream();
        resource.CopyTo(memory);
        return memory.ToArray();
    }
}
