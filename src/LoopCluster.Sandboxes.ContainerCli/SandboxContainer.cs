using System.Diagnostics;
using System.Text;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.ContainerCli;

/// <summary>One container and the client process that is attached to it. Takes one call at most.</summary>
internal sealed class SandboxContainer : IDisposable
{
    // The waiter's own exit codes. A client that ends with one of them got it from the engine, which had removed the container by then (--rm).
    private static readonly int[] WaiterExits = [0, 70, NoWorkspace, NeverStarted, 76];

    /// <summary>The waiter ended before it started a command.</summary>
    public const int NeverStarted = 75;

    /// <summary>The command's user may not enter the workspace.</summary>
    public const int NoWorkspace = 71;

    private readonly Process _client;
    private readonly Stream _stdin;
    private readonly Lock _stdinLock = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _silent;

    public SandboxContainer(string name, SandboxOwner owner, SandboxShape shape, DateTimeOffset deadline, Process client, IDisposable? egress)
    {
        (Name, Owner, Shape, Deadline, _client, Egress) = (name, owner, shape, deadline, client, egress);
        _stdin = client.StandardInput.BaseStream;
    }

    public string Name { get; }

    public SandboxOwner Owner { get; }

    public SandboxShape Shape { get; }

    public DateTimeOffset Deadline { get; }

    public IDisposable? Egress { get; }

    /// <summary>Done when nothing of the container can run any more.</summary>
    public Task Gone => _gone.Task;

    /// <summary>This side has ended it.</summary>
    public bool IsEnding { get; private set; }

    public bool ClientHasExited => _client.HasExited;

    /// <summary>The client's exit alone proves that the container is gone.</summary>
    public bool ExitIsProof => _client.HasExited && WaiterExits.Contains(_client.ExitCode);

    /// <summary>Tells the waiter that this process lives. Skipped while a call is being written, which tells it as well.</summary>
    public void Beat()
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

    /// <summary>Gives the container its call and blocks until the client has ended.</summary>
    public ClientEnd Execute(SandboxCall call)
    {
        var output = new SandboxOutput(call.OutputLimit);
        var (ready, broken, fault) = (false, false, (string?)null);
        WaiterReport? report = null;
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
            report = WaiterProtocol.Read(_client.StandardOutput.BaseStream, output, () => ready = true);
        }
        catch (InvalidDataException e)
        {
            (broken, fault) = (true, $"the container sent {e.Message}");
            RequestEnd();
        }

        _client.StandardOutput.BaseStream.CopyTo(Stream.Null);
        var said = _client.StandardError.ReadToEnd().Trim();
        _client.WaitForExit();
        var words = string.Join("; ", new[] { fault, said.Length > 0 ? said : null }.OfType<string>());
        return new ClientEnd(report, output, _client.ExitCode, ready, broken, words);
    }

    public Task WaitForClientAsync(CancellationToken cancellationToken) => _client.WaitForExitAsync(cancellationToken);

    /// <summary>Closes the waiter's standard input, on which it exits with everything in the container. False when that is not possible now.</summary>
    public bool RequestEnd()
    {
        IsEnding = true;
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

    public void KillClient() => _client.Kill();

    public void SetGone() => _gone.TrySetResult();

    /// <summary>It may still be there; whoever waits is told why.</summary>
    public void SetNotGone(Exception fault) => _gone.TrySetException(fault);

    public void Dispose()
    {
        Egress?.Dispose();
        _client.Dispose();
    }
}

/// <param name="Ready">The waiter was up, so a missing report is no failed start.</param>
/// <param name="Broken">What came was no waiter's; nothing of it counts.</param>
/// <param name="Said">What went wrong in words, the client's included.</param>
internal sealed record ClientEnd(WaiterReport? Report, SandboxOutput Output, int ExitCode, bool Ready, bool Broken, string Said);
