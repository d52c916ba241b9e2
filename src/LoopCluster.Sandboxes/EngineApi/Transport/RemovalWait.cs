namespace LoopCluster.Sandboxes.EngineApi.Transport;

/// <summary>
/// Makes every wait for a container's end one for its removal. The Engine API has <c>condition=removed</c> (since 1.30), which answers with
/// the exit code when the container is gone; the client library's call has no parameter for it.
/// </summary>
internal sealed class RemovalWait(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is { Query: "" } uri && uri.AbsolutePath.EndsWith("/wait", StringComparison.Ordinal))
        {
            request.RequestUri = new UriBuilder(uri) { Query = "condition=removed" }.Uri;
        }

        return base.SendAsync(request, cancellationToken);
    }
}
