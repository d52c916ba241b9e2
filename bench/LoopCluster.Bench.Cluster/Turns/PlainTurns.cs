using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>Plain tasks: the same model client, the same request bytes, and what keeps a reply. No engine, no grain.</summary>
internal sealed class PlainTurns(IModelClient models, Uri modelUrl, IReadOnlyList<ReadOnlyMemory<byte>> bodies)
{
    private readonly ModelBinding _model = new() { Name = "stub", Model = "stub", Url = modelUrl.ToString(), Concurrency = 4096, Window = 131_072, MaxTokens = 4_096 };

    public Task RunAsync(string run, int sessions, Func<int, string, Task> keep) =>
        Task.WhenAll(Enumerable.Range(0, sessions).Select(i => Task.Run(() => SessionAsync(new LoopId($"{run}-{i}"), i, keep))));

    private async Task SessionAsync(LoopId id, int session, Func<int, string, Task> keep)
    {
        for (var turn = 0; turn < bodies.Count; turn++)
        {
            var result = await models.SendAsync(new ModelCall(_model, id, ModelRoles.Make, turn, bodies[turn]), CancellationToken.None).ConfigureAwait(false);
            var answer = result.Answer ?? throw new InvalidOperationException(result.Failure!.Message);
            await keep(session, answer.Text).ConfigureAwait(false);
        }
    }
}
