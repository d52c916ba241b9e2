using Microsoft.Extensions.Logging;

namespace LoopCluster.Workspaces;

internal sealed partial class GitWorkspaces
{
    [LoggerMessage(1400, LogLevel.Warning, "The base of loop {Loop} lacks an entry: {Line}")]
    private partial void LogNotImported(string loop, string line);
}
