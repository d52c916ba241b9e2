using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Effects;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Request bodies as a reader sees them.</summary>
internal static class Bodies
{
    public static string Raw(CallModel call) => Encoding.UTF8.GetString(call.Body.Span);

    /// <summary>The contents of all messages, one after the other.</summary>
    public static string TextOf(CallModel call) => string.Join("\n", Messages(call).Select(m => m.GetProperty("content").GetString()));

    public static List<string> Roles(CallModel call) => [.. Messages(call).Select(m => m.GetProperty("role").GetString()!)];

    public static List<JsonElement> Messages(CallModel call) =>
        [.. JsonElement.Parse(call.Body.Span).GetProperty("messages").EnumerateArray()];

    public static string Content(CallModel call, int message) => Messages(call)[message].GetProperty("content").GetString()!;
}
