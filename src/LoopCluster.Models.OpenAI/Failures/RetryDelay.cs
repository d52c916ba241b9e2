using System.Globalization;
using System.Net.Http.Headers;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>How long an endpoint asks to wait: <c>Retry-After</c> in seconds or as a date, or the milliseconds that Azure adds.</summary>
internal static class RetryDelay
{
    /// <summary>More is a clock gone wrong.</summary>
    private static readonly TimeSpan _most = TimeSpan.FromDays(1);

    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (
            headers.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
        )
        {
            return Clamp(milliseconds / 1000);
        }

        if (headers.RetryAfter is { } retryAfter)
        {
            // The server's own clock tells how far away its date is, when it names it.
            return Clamp((retryAfter.Delta ?? (retryAfter.Date!.Value - (headers.Date ?? now))).TotalSeconds);
        }

        // Fractions of a second, which the standard does not know and servers send.
        return
            headers.TryGetValues("Retry-After", out values)
            && double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? Clamp(seconds)
            : null;
    }

    private static TimeSpan? Clamp(double seconds) =>
        double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, 0, _most.TotalSeconds)) : null;
}
