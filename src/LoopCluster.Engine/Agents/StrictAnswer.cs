using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Agents;

/// <summary>What all agents have in common that are to answer with one JSON object.</summary>
internal static class StrictAnswer
{
    public static readonly JsonDocumentOptions Json = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Why a reply is no answer before anybody reads its text, in words for the agent; empty when it may be one.</summary>
    /// <param name="calls">Its calls of tools.</param>
    /// <param name="onCalls">What is said of them.</param>
    /// <param name="shorter">What one that was too long is to do.</param>
    public static string FaultOf(int calls, ReplyFinish finish, string text, string onCalls, string shorter) =>
        calls > 0 ? onCalls
        : finish == ReplyFinish.Length ? $"it was cut off at its length limit: {shorter}"
        : finish == ReplyFinish.ContentFilter ? "it was ended by a content filter"
        : string.IsNullOrWhiteSpace(text) ? "it was empty"
        : "";
}
