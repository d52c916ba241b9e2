using System.Diagnostics;

namespace LoopCluster.Bench.Cluster.Recovery;

/// <summary>A process that keeps every core busy until it is disposed.</summary>
internal sealed class Saturation : IDisposable
{
    private readonly Process _process;

    public Saturation()
    {
        var start = SelfProcess.StartInfo("spin");
        start.RedirectStandardInput = true;
        _process = Process.Start(start)!;
    }

    /// <summary>What it starts; ends with its standard input.</summary>
    public static int Spin()
    {
        for (var i = 0; i < Environment.ProcessorCount; i++)
        {
            new Thread(() =>
            {
                while (true)
                {
                    Thread.SpinWait(1000);
                }
            })
            {
                IsBackground = true,
            }.Start();
        }

        _ = Console.In.ReadToEnd();
        return 0;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
