using System.Globalization;

namespace LoopCluster.Models.OpenAI.Replicas;

/// <summary>
/// The few figures of a server's <c>/metrics</c> (Prometheus text) that say how much it has to do: those of vLLM, and SGLang's. Counts of
/// several engines are added up, of their caches the fullest counts.
/// </summary>
internal readonly record struct ServerMetrics(int Waiting, int Running, double Cache)
{
    private const int Most = 1_000_000;

    /// <returns>Null when none of the figures is there.</returns>
    public static ServerMetrics? Read(string text)
    {
        var (waiting, running, cache, found) = (0.0, 0.0, 0.0, false);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.IsEmpty || line[0] == '#' || ValueOf(line, out var name) is not { } value)
            {
                continue;
            }

            switch (name)
            {
                case "vllm:num_requests_waiting" or "sglang:num_queue_reqs":
                    (waiting, found) = (waiting + value, true);
                    break;
                case "vllm:num_requests_running" or "sglang:num_running_reqs":
                    (running, found) = (running + value, true);
                    break;
                case "vllm:kv_cache_usage_perc" or "vllm:gpu_cache_usage_perc" or "sglang:token_usage":
                    (cache, found) = (Math.Max(cache, value), true);
                    break;
            }
        }

        return found ? new ServerMetrics(Whole(waiting), Whole(running), Math.Clamp(cache, 0, 1)) : null;
    }

    /// <summary><c>name{labels} value [time]</c>: a label may hold anything but a bare quote.</summary>
    private static double? ValueOf(ReadOnlySpan<char> line, out string name)
    {
        var end = line.IndexOfAny('{', ' ');
        name = end > 0 ? line[..end].ToString() : "";
        if (end <= 0 || !name.Contains(':', StringComparison.Ordinal))
        {
            return null;
        }

        var rest = line[end] == '{' ? line[(line.LastIndexOf('}') + 1)..] : line[end..];
        rest = rest.Trim();
        var space = rest.IndexOf(' ');
        return
            double.TryParse(space < 0 ? rest : rest[..space], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value)
            && value >= 0
            ? value
            : null;
    }

    private static int Whole(double value) => (int)Math.Min(Most, value);
}
