using System.Runtime.InteropServices;

namespace LoopCluster.Cli.Output;

/// <summary>Ctrl-C, SIGTERM and a closed terminal ask once, politely; a second time ends the process as usual.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _exitCode;

    public Interrupts() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => On(context, 130)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => On(context, 143)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => On(context, 129)),
        ];

    public CancellationToken Token => _source.Token;

    /// <summary>128 + the signal that came, as a shell would report it; 0 when none did.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void On(PosixSignalContext context, int exitCode)
    {
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0)
        {
            context.Cancel = true;
            _source.Cancel();
        }
    }
}
