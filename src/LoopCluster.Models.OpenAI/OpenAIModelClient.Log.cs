using LoopCluster.Engine.Events;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Models.OpenAI;

// Event ids 4000 to 4099 are this project's.
internal sealed partial class OpenAIModelClient
{
    [LoggerMessage(4000, LogLevel.Debug, "Loop {Loop}, turn {Turn}: no reply, {Kind} (perhaps served: {Served}). {Message}")]
    private partial void LogFailed(string loop, int turn, ModelFailureKind kind, bool served, string message);
}
