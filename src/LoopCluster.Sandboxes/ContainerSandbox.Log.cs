using LoopCluster.Engine.Loops;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes;

internal sealed partial class ContainerSandbox
{
    [LoggerMessage(5000, LogLevel.Debug, "Sandboxes run through {Engine} as {User}:{Group}; containers are labelled {Owner}")]
    private static partial void LogReady(ILogger logger, string engine, string owner, uint user, uint group);

    [LoggerMessage(5001, LogLevel.Debug, "No container could be prepared for {Loop}; its next call starts cold")]
    private static partial void LogNotPrepared(ILogger logger, LoopId loop, Exception fault);

    [LoggerMessage(5002, LogLevel.Error, "The container {Name} may still be there")]
    private static partial void LogNotRemoved(ILogger logger, string name, Exception fault);

    [LoggerMessage(5003, LogLevel.Information, "Removing the leftover container {Id} of loop {Loop}, owner {Owner}")]
    private static partial void LogReaped(ILogger logger, string id, string loop, string owner);
}
