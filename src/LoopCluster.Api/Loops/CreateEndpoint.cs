using LoopCluster.Api.Auth;
using LoopCluster.Engine.Network;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Loops;

/// <summary><c>POST /v1/loops</c>.</summary>
internal sealed class CreateEndpoint(ILoopHost host, NewLoops made, IOptions<EgressOptions> egress)
{
    private readonly SpecOrigin _origin = SpecOrigin.Network(PrivateHosts.Of(egress.Value.AllowedPrivateHosts));

    public static readonly string[] Types = [RequestBody.Json, "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"];

    public async Task AnswerAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var type = RequestBody.RequireType(context, Types);
        var key = IdempotencyKey.Of(context);
        var body = await RequestBody.ReadAsync(context);
        await made.AnswerAsync(context, caller, key?.LoopOf(caller), body, (id, hash) =>
            host.StartAsync(new StartLoop(caller.Tenant, Parse(body, type), id, hash), context.RequestAborted)
        );
    }

    private LoopSpec Parse(ReadOnlyMemory<byte> body, string type)
    {
        if (type == RequestBody.Json)
        {
            // Most broken JSON is YAML of some meaning; what says it is JSON must be.
            _ = RequestBody.Parse(body, YamlJson.DepthLimit, "spec-invalid");
        }

        return SpecFile.Parse(body.Span, _origin);
    }
}
