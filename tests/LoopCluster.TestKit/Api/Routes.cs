namespace LoopCluster.TestKit.Api;

/// <summary>Every address of the API.</summary>
internal static class Routes
{
    public static IReadOnlyList<string> All { get; } =
    [
        "GET /v1/loops",
        "POST /v1/loops",
        "GET /v1/loops/{id}",
        "GET /v1/loops/{id}/events",
        "GET /v1/loops/{id}/diff",
        "GET /v1/loops/{id}/proof",
        "GET /v1/loops/{id}/proof/{name}",
        "GET /v1/proof-key",
        "POST /v1/loops/{id}/cancel",
        "POST /v1/loops/{id}/pause",
        "POST /v1/loops/{id}/resume",
        "POST /v1/loops/{id}/message",
        "POST /v1/loops/{id}/approve",
        "POST /v1/loops/{id}/fork",
        "GET /v1/reviews",
        "POST /v1/reviews/{id}",
        "GET /v1/gates",
        "GET /v1/models",
        "GET /healthz",
        "GET /readyz",
        "GET /openapi/v1.json",
    ];
}
