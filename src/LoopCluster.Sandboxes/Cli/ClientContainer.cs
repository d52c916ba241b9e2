using System.Diagnostics;
using LoopCluster.Runtime.Linux;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Waiter;

namespace LoopCluster.Sandboxes.Cli;

/// <summary>
/// A container and the client process that is attached to it. With <c>--rm</c> the engine has removed the container when the client ends.
/// </summary>
internal sealed class ClientContainer : SandboxContainer
{
    private const int ReadSize = 32 * 1024;
    private const int KilledBySignal = 128;

    private readonly Process _client;
    private readonly Stream _stdin;
    private readonly Lock _stdinLock = new();
    private volatile bool _silent;

    public ClientContainer(ContainerPlan plan, Process client, IDisposable? egress)
        : base(plan, egress)
    {
        _client = client;
        _stdin = client.StandardInput.BaseStream;
    }

    public override bool HasEnded => _client.HasExited;

    /// <summary>
    /// Only the waiter ends with these codes; a client that does got it from the engine, which had removed the container by then.
    /// </summary>
    public override bool EndIsProof => _client.HasExited && WaiterExit.IsOne(_client.ExitCode);

    /// <summary>A signal ended the client, so it may have asked for the container and not heard of it.</summary>
    public override bool MayAppear => _client.HasExited && !EndIsProof && _client.ExitCode > KilledBySignal;

    public override void Beat()
    {
        if (_silent || !_stdinLock.TryEnter())
        {
            return;
        }

        try
        {
            _stdin.Write(WaiterProtocol.Heartbeat);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client has ended; whoever waits for it knows.
            _silent = true;
        }
        finally
        {
            _stdinLock.Exit();
        }
    }

    public override Task<ContainerEnd> ExecuteAsync(SandboxCall call) => BlockingThread.RunAsync(() => Execute(call));

    public override Task WaitForEndAsync(CancellationToken cancellationToken) => _client.WaitForExitAsync(cancellationToken);

    public override void Abandon() => _client.Kill();

    protected override bool CloseInput()
    {
        _silent = true;
        if (!_stdinLock.TryEnter())
        {
            return false;
        }

        try
        {
            _stdin.Dispose();
            return true;
        }
        catch (IOException)
        {
            return true;
        }
        finally
        {
            _stdinLock.Exit();
        }
    }

    protected override void DisposeAttached() => _client.Dispose();

    private ContainerEnd Execute(SandboxCall call)
    {
        var output = new SandboxOutput(call.OutputLimit);
        var reader = new WaiterReader(output);
        string? fault = null;
        try
        {
            lock (_stdinLock)
            {
                _stdin.Write(WaiterProtocol.WriteCall(call));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client ended before or while the call was written: what it said on its way out is read below.
            fault = e.Message;
        }

        try
        {
            var buffer = new byte[ReadSize];
            for (int count; (count = _client.StandardOutput.BaseStream.Read(buffer)) > 0; )
            {
                Accept(reader, buffer.AsSpan(0, count));
            }
        }
        catch (InvalidDataException e)
        {
            return new ContainerEnd(null, output, -1, reader.IsReady, Broken: true, $"the container sent {e.Message}");
        }

        var said = _client.StandardError.ReadToEnd().Trim();
        _client.WaitForExit();
        var words = string.Join("; ", new[] { fault, said.Length > 0 ? said : null }.OfType<string>());
        return new ContainerEnd(reader.Report, output, _client.ExitCode, reader.IsReady, Broken: false, words);
    }
}
