using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Bytes that a conversation keeps of earlier requests are a convenience: without them the same request is written.</summary>
internal static class ColdRequests
{
    public static LoopEffect Checked(LoopState state)
    {
        var effect = LoopMachine.Next(state);
        if (effect is CallModel call)
        {
            var cold = state with
            {
                Agents = state.Agents.Each(a => a with { Conversation = a.Conversation with { Frame = null, Turns = null } }),
            };
            LoopMachine
                .Next(cold)
                .ShouldBeOfType<CallModel>()
                .Body.Span.SequenceEqual(call.Body.Span)
                .ShouldBeTrue("a state that keeps nothing of earlier requests asks the same");
        }

        return effect;
    }
}
