using System.Net.Http.Headers;
using LoopCluster.Runtime.Routing;

namespace LoopCluster.Models.OpenAI;

/// <summary>One base URL: where requests go, how many at once, and the header made of its key.</summary>
internal sealed class Endpoint(Uri chat)
{
    private KeyHeader? _header;

    public Uri Chat { get; } = chat;

    /// <summary>For messages.</summary>
    public string Name { get; } =
        chat.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)[..^"/chat/completions".Length];

    public FairLimiter Limiter { get; } = new();

    /// <summary>The header for a key; made again only when the key has changed.</summary>
    public AuthenticationHeaderValue Authorization(string key)
    {
        var header = _header;
        if (header is null || header.Key != key)
        {
            _header = header = new KeyHeader(key, new AuthenticationHeaderValue("Bearer", key));
        }

        return header.Value;
    }

    private sealed record KeyHeader(string Key, AuthenticationHeaderValue Value);
}
