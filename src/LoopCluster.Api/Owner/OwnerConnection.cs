using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Owner;

/// <summary>
/// Marks connections of a data directory's socket, whose mode lets its owner alone in. Its listener sets it, before a byte is read; nothing
/// that is sent can.
/// </summary>
internal sealed class OwnerConnection
{
    /// <summary>Of loops that the owner starts without naming one.</summary>
    public const string Tenant = "default";

    public static OwnerConnection Mark { get; } = new();

    public static bool Is(HttpContext context) => context.Features.Get<OwnerConnection>() is not null;
}
