using System.Globalization;
using System.Net;

namespace LoopCluster.TestKit.Api;

/// <summary>One event as it was sent.</summary>
public sealed record ServerEvent(long Id, string Type, string Data);

/// <summary>Reads an event stream by the rules of the HTML standard; disposing hangs up.</summary>
public sealed class EventReader(HttpResponseMessage response) : IDisposable
{
    private StreamReader? _reader;

    public HttpStatusCode Status => response.StatusCode;

    public string? ContentType => response.Content.Headers.ContentType?.MediaType;

    /// <summary>Comments so far.</summary>
    public int Comments { get; private set; }

    /// <summary>The next event, or null at the end of the stream.</summary>
    public async Task<ServerEvent?> NextAsync(CancellationToken cancellationToken)
    {
        _reader ??= new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        string? id = null,
            type = null,
            data = null;
        while (await _reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                {
                    return new ServerEvent(long.Parse(id!, CultureInfo.InvariantCulture), type!, data);
                }

                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = line.Length > colon + 1 && line[colon + 1] == ' ' ? line[(colon + 2)..] : line[(colon + 1)..];
            switch (line[..colon])
            {
                case "":
                    Comments++;
                    break;
                case "id":
                    id = value;
                    break;
                case "event":
                    type = value;
                    break;
                case "data":
                    data = data is null ? value : $"{data}\n{value}";
                    break;
            }
        }

        return null;
    }

    public async Task<List<ServerEvent>> ToEndAsync(CancellationToken cancellationToken)
    {
        var events = new List<ServerEvent>();
        while (await NextAsync(cancellationToken) is { } next)
        {
            events.Add(next);
        }

        return events;
    }

    public void Dispose()
    {
        _reader?.Dispose();
        response.Dispose();
    }
}
