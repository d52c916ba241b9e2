using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LoopCluster.Api.OpenApi;

/// <summary>
/// The body of a route, for its description. Told as what the framework calls accepted types, routing would refuse others itself, and in
/// fewer words.
/// </summary>
internal sealed record RouteBody(Type Type, bool Optional, IReadOnlyList<string> ContentTypes)
{
    public async Task<IOpenApiRequestBody> DescribeAsync(OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var schema = await SchemaAsync(context, cancellationToken);
        return new OpenApiRequestBody
        {
            Required = !Optional,
            Content = ContentTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = schema }),
        };
    }

    private async Task<IOpenApiSchema> SchemaAsync(OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (Type == typeof(JsonElement))
        {
            return new OpenApiSchema { Type = JsonSchemaType.Object };
        }

        context.Document!.AddComponent(Type.Name, await context.GetOrCreateSchemaAsync(Type, null, cancellationToken));
        return new OpenApiSchemaReference(Type.Name, context.Document);
    }
}
