using System.Globalization;
using System.Text.Json;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Client;

/// <summary>
/// What the owner of a data directory may ask of the process that holds it. Sent once: the caller knows better than this whether to ask
/// again.
/// </summary>
public sealed partial class LoopClient
{
    /// <summary>Creates a loop of a spec that may name this machine's files, and has it driven.</summary>
    /// <param name="hash">Of what was asked for, kept in <c>loop-created</c>.</param>
    /// <exception cref="Engine.Errors.BadInputException"><c>ledger-conflict</c>: the id exists.</exception>
    public ValueTask<LoopId> StartAsync(string tenant, LoopSpec spec, LoopId loop, string? hash, CancellationToken cancellationToken) =>
        NamedAsync(
            SendAsync(
                HttpMethod.Post,
                $"v1/owner/loops?tenant={Uri.EscapeDataString(tenant)}&{Named(loop, hash)}",
                null,
                JsonSerializer.SerializeToUtf8Bytes(spec, EngineJson.Default.LoopSpec),
                null,
                null,
                cancellationToken
            )
        );

    /// <summary>As <see cref="ForkAsync(LoopId, long, CancellationToken, string?)"/>, under an id of the caller's.</summary>
    public ValueTask<LoopId> ForkAsync(
        LoopId parent,
        OwnerForkRequest fork,
        LoopId loop,
        string? hash,
        CancellationToken cancellationToken
    ) =>
        NamedAsync(
            PostAsync($"v1/owner/loops/{parent}/fork?{Named(loop, hash)}", fork, WireJson.Default.OwnerForkRequest, null, cancellationToken)
        );

    /// <summary>Takes up a loop that is not driven now; one that has ended stays as it is.</summary>
    public async ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken) =>
        await NamedAsync(
                PostAsync($"v1/owner/loops/{loop}/resume", new ResumeRequest(), WireJson.Default.ResumeRequest, null, cancellationToken)
            )
            .ConfigureAwait(false);

    private static string Named(LoopId loop, string? hash) =>
        string.Create(CultureInfo.InvariantCulture, $"id={loop}{(hash is null ? "" : $"&hash={hash}")}");

    private static async ValueTask<LoopId> NamedAsync(ValueTask<byte[]> asked) =>
        new(Read(await asked.ConfigureAwait(false), WireJson.Default.LoopName).Id);
}
