using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using LoopCluster.Api.Loops;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Reports;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace LoopCluster.Api.OpenApi;

/// <summary>
/// <c>GET /openapi/v1.json</c>: made of the routes as they are mapped and of the records they take and answer with, once.
/// </summary>
internal sealed partial class OpenApiDocuments([FromKeyedServices(OpenApiDocuments.Name)] IOpenApiDocumentProvider documents)
{
    private const string Name = "v1";
    private const string Key = "key";

    private readonly Lazy<Task<ReadOnlyMemory<byte>>> _made = new(() => MakeAsync(documents));

    public static void Add(IServiceCollection services)
    {
        if (services.Any(s => s.ServiceType == typeof(OpenApiDocuments)))
        {
            return;
        }

        services.AddOpenApi(Name, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddOperationTransformer(
                async (operation, context, cancellationToken) =>
                {
                    var metadata = context.Description.ActionDescriptor.EndpointMetadata;
                    operation.Tags = null;
                    operation.Parameters =
                    [
                        .. PathParameter()
                            .Matches(context.Description.RelativePath ?? "")
                            .Select(m => RouteParameter.OfPath(m.Groups[1].Value))
                            .Concat(metadata.OfType<RouteParameter>())
                            .Select(p => p.Describe()),
                    ];
                    operation.RequestBody = metadata.OfType<RouteBody>().FirstOrDefault() is { } body
                        ? await body.DescribeAsync(context, cancellationToken)
                        : null;
                    operation.Security = metadata.OfType<OpenRoute>().Any()
                        ? []
                        : [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Key, context.Document)] = [] }];
                }
            );
            options.AddSchemaTransformer(
                (schema, context, _) =>
                {
                    if (context.JsonTypeInfo.Type == typeof(ProblemAnswer) && schema.Properties?["code"] is OpenApiSchema code)
                    {
                        code.Enum = [.. ErrorCodes.All.Select(c => (JsonNode)c.Code)];
                    }

                    return Task.CompletedTask;
                }
            );
            options.AddDocumentTransformer(
                (document, _, _) =>
                {
                    document.Info = new OpenApiInfo
                    {
                        Title = "LoopCluster",
                        Version = "1",
                        Description =
                            "Agent loops with a deterministic exit gate, a hard budget and a proof. Every error is a problem (RFC 9457) with a stable code; docs/errors.md says what each means.",
                    };
                    document.Tags = null;
                    document.Servers = [];
                    document.Components ??= new OpenApiComponents();
                    document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                    {
                        [Key] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
                    };
                    return Task.CompletedTask;
                }
            );
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, ReportJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(2, EngineJson.Default);
        });
        services.AddSingleton<OpenApiDocuments>();
    }

    public async Task AnswerAsync(HttpContext context) => await JsonAnswer.WriteAsync(context, await _made.Value);

    private static async Task<ReadOnlyMemory<byte>> MakeAsync(IOpenApiDocumentProvider documents)
    {
        var document = await documents.GetOpenApiDocumentAsync();
        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1);
        return stream.ToArray();
    }

    [GeneratedRegex(@"\{\**(\w+)\}")]
    private static partial Regex PathParameter();
}
