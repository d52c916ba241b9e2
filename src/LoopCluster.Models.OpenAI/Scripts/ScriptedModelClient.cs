using System.Collections.Concurrent;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Scripts;

/// <summary>Replies from a script named by hash. It keeps no position: the call brings it, from the ledger.</summary>
internal sealed class ScriptedModelClient(IBlobStore blobs) : IModelClient
{
    /// <summary>Parsed scripts kept; the blobs they come from stay where they are.</summary>
    private const int CacheLimit = 128;

    private readonly ConcurrentDictionary<string, ModelScript> _scripts = new(StringComparer.Ordinal);

    public bool Serves(ModelBinding model) => model.Script is not null;

    public async ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reference = call.Model.Script!;
            if (!_scripts.TryGetValue(reference.Hash, out var script))
            {
                script = await LoadAsync(reference, cancellationToken).ConfigureAwait(false);
                if (script is null)
                {
                    return Refused($"script {reference.Hash}: it is not in the blob store. Restore the data directory's blobs.");
                }
            }

            return ScriptedTurn.Answer(script, call.Agent, call.Turn, ChatRequest.Read(call.Body), out var fault) is { } answer
                ? Replied(answer, call)
                : Refused($"script {reference.Hash}: {fault}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new(
                null,
                new ModelFailure(ModelFailureKind.Aborted, "The scripted model was cancelled before it replied.", Served: false)
            );
        }
        catch (JsonException fault)
        {
            return Refused($"the request is no chat completion request: {fault.Message}");
        }
        catch (BadInputException fault)
        {
            return Refused($"the script cannot be read: {fault.Message}");
        }
    }

    private static ModelResult Replied(ModelAnswer answer, ModelCall call)
    {
        if (call.Model.Stream && answer.Text.Length > 0)
        {
            call.OnText?.Invoke(answer.Text);
        }

        return new(answer, null);
    }

    private static ModelResult Refused(string message) => new(null, new ModelFailure(ModelFailureKind.Refused, message, Served: false));

    private async ValueTask<ModelScript?> LoadAsync(BlobRef reference, CancellationToken cancellationToken)
    {
        var stream = await blobs.OpenAsync(reference.Hash, cancellationToken).ConfigureAwait(false);
        if (stream is null)
        {
            return null;
        }

        await using (stream.ConfigureAwait(false))
        {
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
            var script = ModelScript.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
            // Starting over now and then is simpler than order of use, and parsing again costs little.
            if (_scripts.Count >= CacheLimit)
            {
                _scripts.Clear();
            }

            return _scripts.GetOrAdd(reference.Hash, script);
        }
    }
}
