using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace LoopCluster.Api.Problems;

/// <summary>Puts <see cref="ProblemMiddleware"/> before everything else, routing included, wherever the API is hosted.</summary>
internal sealed class ProblemStartupFilter : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            app.UseMiddleware<ProblemMiddleware>();
            next(app);
        };
}
