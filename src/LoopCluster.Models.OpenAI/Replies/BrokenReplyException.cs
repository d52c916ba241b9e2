namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>The reply cannot be read. Stays inside this project: callers see a <c>ModelFailure</c>.</summary>
internal sealed class BrokenReplyException(string message) : Exception(message);

/// <summary>The endpoint reports an error where a reply should be: in a stream, or with status 200.</summary>
internal sealed class ReportedErrorException(string json) : Exception("The endpoint reported an error.")
{
    /// <summary>The whole JSON object around it.</summary>
    public string Json { get; } = json;
}

/// <summary>An HTML page came with a status that claims success.</summary>
internal sealed class PageException(string page) : Exception("A page came instead of a reply.")
{
    public string Page { get; } = page;
}
