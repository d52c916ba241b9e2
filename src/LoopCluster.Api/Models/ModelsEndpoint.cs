using LoopCluster.Api.Auth;
using LoopCluster.Api.Loops;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Runtime.Models;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Models;

/// <summary>
/// <c>GET /v1/models</c>: the names a spec may use. Where a model is served and under which key is the operator's business.
/// </summary>
internal sealed class ModelsEndpoint(ModelCatalog catalog)
{
    public Task AnswerAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var models = catalog.Models.Select(m => new ModelItem(
            m.Name,
            m.Family,
            m.Window,
            m.MaxTokens,
            new ModelPriceItem(m.Price.In, m.Price.Out, m.Price.Cached ?? m.Price.In)
        ));
        return JsonAnswer.WriteAsync(
            context,
            new ModelList([.. models]) { Tiers = catalog.Tiers.ToDictionary(), Agents = catalog.Agents },
            WireJson.Default.ModelList
        );
    }
}
