using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>The window that a conversation has to fit.</summary>
/// <param name="Prompt">Tokens a prompt may have.</param>
/// <param name="WithReply">Tokens a prompt may have that leaves room for the longest reply.</param>
internal readonly record struct ModelRoom(int Window, long Prompt, long WithReply)
{
    public static ModelRoom Of(ModelBinding model) =>
        new(model.Window, model.Window - WindowRoom.LeastReply(model), model.Window - WindowRoom.ReplyTokens(model));
}
