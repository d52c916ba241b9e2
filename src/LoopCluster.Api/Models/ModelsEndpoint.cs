using LoopCluster.Api.Auth;
using LoopCluster.Api.Loops;
using LoopCluster.Runtime.Models;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Models;

/// <summary><c>GET /v1/models</c>: the names a spec may use. Where a model is served and under which key is the operator's business.</summary>
internal sealed class ModelsEndpoint(ModelCatalog catalog)
{
    public Task AnswerAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        return JsonAnswer.WriteAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("models");
            foreach (var model in catalog.Models)
            {
                writer.WriteStartObject();
                writer.WriteString("name", model.Name);
                writer.WriteString("family", model.Family);
                writer.WriteNumber("window", model.Window);
                writer.WriteNumber("maxTokens", model.MaxTokens);
                writer.WriteStartObject("price");
                writer.WriteNumber("in", model.Price.In);
                writer.WriteNumber("out", model.Price.Out);
                writer.WriteNumber("cached", model.Price.Cached ?? model.Price.In);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }
}
