using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>The window that a conversation has to fit.</summary>
/// <param name="Prompt">Tokens a prompt may have, where it is counted; null before version 3 of the context builder, and then bytes decide.</param>
/// <param name="WithReply">Tokens a prompt may have that leaves room for the longest reply.</param>
internal readonly record struct ModelRoom(int Window, long? Prompt = null, long WithReply = 0)
{
    public static ModelRoom Of(ModelBinding model, EngineVersions versions) => versions.Context < WindowRoom.CountsSince
        ? new ModelRoom(model.Window)
        : new ModelRoom(model.Window, model.Window - WindowRoom.LeastReply(model), model.Window - WindowRoom.ReplyTokens(model));
}
