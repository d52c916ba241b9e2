using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Waiter;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>
/// A container and the connection that is its waiter's standard input and output, taken over before the container starts. When this process
/// dies the connection closes, and with it the waiter's input.
/// </summary>
internal sealed class AttachedContainer : SandboxContainer
{
    private const int ReadSize = 32 * 1024;
    private const int MostWords = 4096;

    private readonly DockerClient _client;
    private readonly TimeSpan _requestTimeout;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<MultiplexedStream?> _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<Ended> _life;
    private MultiplexedStream? _stream;
    private volatile bool _silent;
    private volatile bool _creationUnknown;

    public AttachedContainer(ContainerPlan plan, DockerClient client, TimeSpan requestTimeout, IDisposable? egress)
        : base(plan, egress)
    {
        (_client, _requestTimeout) = (client, requestTimeout);
        _life = LiveAsync();
    }

    public override bool HasEnded => _life.IsCompleted;

    public override bool EndIsProof => _life is { IsCompletedSuccessfully: true, Result.IsGone: true };

    public override bool MayAppear => _creationUnknown;

    public override void Beat()
    {
        if (!_silent && _attached.Task is { IsCompletedSuccessfully: true, Result: { } stream } && _writing.Wait(0))
        {
            _ = BeatAsync(stream);
        }
    }

    public override async Task<ContainerEnd> ExecuteAsync(SandboxCall call)
    {
        var output = new SandboxOutput(call.OutputLimit);
        var reader = new WaiterReader(output);
        var said = new StringBuilder();
        if (await _attached.Task.ConfigureAwait(false) is { } stream)
        {
            try
            {
                await WriteAsync(stream, WaiterProtocol.WriteCall(call)).ConfigureAwait(false);
                await ReadAsync(stream, reader, said).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                return new ContainerEnd(null, output, -1, reader.IsReady, Broken: true, $"the container sent {e.Message}");
            }
            catch (Exception e) when (EngineFaults.IsOne(e))
            {
                // The connection ended before the report had come; how the container ended is told below.
                said.Append(EngineFaults.Explain(e));
            }
        }

        var end = await _life.ConfigureAwait(false);
        var words = string.Join("; ", new[] { end.Fault, said.ToString().Trim() }.Where(w => !string.IsNullOrEmpty(w)));
        return new ContainerEnd(reader.Report, output, end.ExitCode, reader.IsReady, Broken: false, words);
    }

    public override Task WaitForEndAsync(CancellationToken cancellationToken) => _life.WaitAsync(cancellationToken);

    public override void Abandon() => _abandoned.Cancel();

    protected override bool CloseInput()
    {
        _silent = true;
        lock (_gate)
        {
            // Not attached yet: whoever attaches looks whether the end has been asked for.
            _stream?.Dispose();
        }

        return true;
    }

    protected override void DisposeAttached()
    {
        lock (_gate)
        {
            _stream?.Dispose();
        }

        _abandoned.Dispose();
    }

    /// <summary>
    /// From creation to removal. What has an unknown outcome ends without a proof, and the container is then looked for by its name.
    /// </summary>
    private async Task<Ended> LiveAsync()
    {
        try
        {
            // 1. Creation and start are not cancelled half-way: their outcome would be unknown. The client bounds their time.
            _creationUnknown = true;
            await _client.Containers.CreateContainerAsync(CreateParameters.Build(Plan), CancellationToken.None).ConfigureAwait(false);
            _creationUnknown = false;

            // 2. The connection first, so that no byte of the waiter is missed.
            if (IsEnding || !await AttachAsync().ConfigureAwait(false))
            {
                return new Ended(-1, IsGone: false, Fault: null);
            }

            // 3. The wait before the start, so that the shortest life is seen to its end.
            var removal = _client.Containers.WaitContainerAsync(Name, _abandoned.Token);
            try
            {
                await _client.Containers.StartContainerAsync(Name, null, CancellationToken.None).ConfigureAwait(false);
            }
            catch
            {
                await _abandoned.CancelAsync().ConfigureAwait(false);
                _ = removal.ContinueWith(
                    static t => t.Exception,
                    CancellationToken.None,
                    TaskContinuationOptions.OnlyOnFaulted,
                    TaskScheduler.Default
                );
                throw;
            }

            var exit = await removal.ConfigureAwait(false);
            return new Ended((int)exit.StatusCode, IsGone: string.IsNullOrEmpty(exit.Error?.Message), exit.Error?.Message);
        }
        catch (Exception e) when (EngineFaults.IsOne(e))
        {
            // An answer of the engine says that there is none.
            _creationUnknown &= e is not DockerApiException;
            CloseInput();
            return new Ended(-1, IsGone: false, EngineFaults.Explain(e));
        }
        finally
        {
            _attached.TrySetResult(null);
        }
    }

    /// <returns>False when the end has been asked for meanwhile.</returns>
    private async Task<bool> AttachAsync()
    {
        using var limit = new CancellationTokenSource(_requestTimeout);
        var stream = await _client
            .Containers.AttachContainerAsync(
                Name,
                new ContainerAttachParameters
                {
                    Stream = true,
                    Stdin = true,
                    Stdout = true,
                    Stderr = true,
                },
                limit.Token
            )
            .ConfigureAwait(false);
        lock (_gate)
        {
            _stream = stream;
            if (IsEnding)
            {
                stream.Dispose();
                return false;
            }
        }

        _attached.SetResult(stream);
        return true;
    }

    private async Task BeatAsync(MultiplexedStream stream)
    {
        try
        {
            var beat = WaiterProtocol.Heartbeat.ToArray();
            await stream.WriteAsync(beat, 0, beat.Length, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineFaults.IsOne(e))
        {
            // The connection has ended; whoever waits for the container knows.
            _silent = true;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task WriteAsync(MultiplexedStream stream, byte[] bytes)
    {
        await _writing.WaitAsync().ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(bytes, 0, bytes.Length, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync(MultiplexedStream stream, WaiterReader reader, StringBuilder said)
    {
        var buffer = new byte[ReadSize];
        while (reader.Report is null)
        {
            var part = await stream.ReadOutputAsync(buffer, 0, buffer.Length, CancellationToken.None).ConfigureAwait(false);
            if (part.EOF)
            {
                return;
            }

            if (part.Target == MultiplexedStream.TargetStream.StandardOut)
            {
                Accept(reader, buffer.AsSpan(0, part.Count));
            }
            else if (said.Length < MostWords)
            {
                said.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            }
        }
    }

    /// <param name="IsGone">The engine said that it has removed the container.</param>
    private sealed record Ended(int ExitCode, bool IsGone, string? Fault);
}
