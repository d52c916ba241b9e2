using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace LoopCluster.Api.OpenApi;

/// <summary>A parameter of a route, for its description; endpoints read it themselves.</summary>
internal sealed record RouteParameter(string Name, ParameterLocation In, string? Description, OpenApiSchema Schema)
{
    public static RouteParameter Text(string name, string description) =>
        new(name, ParameterLocation.Query, description, new OpenApiSchema { Type = JsonSchemaType.String });

    public static RouteParameter Choice<T>(string name, string description)
        where T : struct, Enum =>
        new(
            name,
            ParameterLocation.Query,
            description,
            new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Enum = [.. Enum.GetValues<T>().Select(v => JsonSerializer.SerializeToNode(v)!)],
            }
        );

    public static RouteParameter Number(string name, string description, long least, long? most, long absent) =>
        new(
            name,
            ParameterLocation.Query,
            description,
            new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = least.ToString(CultureInfo.InvariantCulture),
                Maximum = most?.ToString(CultureInfo.InvariantCulture),
                Default = JsonValue.Create(absent),
            }
        );

    /// <summary>Of <c>{id}</c> a loop's, of anything else any text.</summary>
    public static RouteParameter OfPath(string name) =>
        new(
            name,
            ParameterLocation.Path,
            null,
            new OpenApiSchema { Type = JsonSchemaType.String, Pattern = name == "id" ? "^[a-z0-9][a-z0-9-]{0,63}$" : null }
        );

    public static RouteParameter IdempotencyKey { get; } =
        new(
            Loops.IdempotencyKey.Header,
            ParameterLocation.Header,
            "The same key with the same body does nothing twice; with another body it is refused with 422.",
            new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = Loops.IdempotencyKey.Longest }
        );

    public static RouteParameter LastEventId { get; } =
        new(
            "Last-Event-ID",
            ParameterLocation.Header,
            "Of a stream: go on after this entry.",
            new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "0" }
        );

    public IOpenApiParameter Describe() =>
        new OpenApiParameter
        {
            Name = Name,
            In = In,
            Description = Description,
            Required = In == ParameterLocation.Path,
            Schema = Schema,
        };
}
