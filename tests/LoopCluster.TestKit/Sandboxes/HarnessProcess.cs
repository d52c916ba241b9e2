using System.Diagnostics;
using System.Reflection;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using Shouldly;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>Another process with a sandbox of its own: one call that sleeps and one prepared container.</summary>
public sealed class HarnessProcess : IAsyncDisposable
{
    private readonly Process _process;

    private HarnessProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Its clients of the engine.</summary>
    public IReadOnlyList<int> Clients =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => name!.All(char.IsAsciiDigit))
                .Select(name => int.Parse(name!, null))
                .Where(pid => ParentOf(pid) == Id),
        ];

    /// <summary>
    /// Starts the tests' own assembly as a program. Returns when its call runs and its prepared container is known to the engine.
    /// </summary>
    public static async Task<HarnessProcess> StartAsync(Assembly tests, SandboxRig rig, LoopId loop, string workspace, string state)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var argument in (string[])["exec", tests.Location, "harness", rig.Driver, loop.Value, workspace, state])
        {
            info.ArgumentList.Add(argument);
        }

        var harness = new HarnessProcess(Process.Start(info)!);
        (await harness._process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe("calling");
        return harness;
    }

    public void Signal(int signal) => Send(signal, Id);

    public static void Send(int signal, params IEnumerable<int> pids)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. pids.Select(p => p.ToString((IFormatProvider?)null))]);
        kill.WaitForExit();
        kill.ExitCode.ShouldBe(0);
    }

    /// <summary>What became of its call, in one line.</summary>
    public Task<string?> ReadOutcomeAsync() => _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>The other process: what the entry point of the drivers' tests calls.</summary>
    public static async Task<int> MainAsync(string[] arguments, params SandboxRig[] rigs)
    {
        if (arguments is not ["harness", var driver, var loop, var workspace, var state])
        {
            return 64;
        }

        var rig = rigs.Single(r => r.Driver == driver);

        var sandbox = rig.CreateSandbox(state);
        await using var ending = (IAsyncDisposable)sandbox;
        var owner = new SandboxOwner(new LoopId(loop), 1, "tests");
        var shape = new SandboxShape
        {
            ImageId = await sandbox.ResolveImageAsync(SandboxRig.Image, default),
            WorkspaceDirectory = workspace,
            Limits = new SandboxLimits { Memory = 64 << 20 },
        };
        var started = new TaskCompletionSource();
        using var watcher = new FileSystemWatcher(workspace) { EnableRaisingEvents = true };
        watcher.Created += (_, _) => started.TrySetResult();
        var call = sandbox
            .RunAsync(owner, shape, new SandboxCall { Command = "touch started; sleep 600", Timeout = TimeSpan.FromSeconds(600) }, default)
            .AsTask();
        sandbox.Prewarm(owner, shape);
        await started.Task;
        while ((await rig.ListAsync(owner.Loop)).Count < 2) { }

        Console.WriteLine("calling");
        try
        {
            Console.WriteLine((await call).Outcome);
        }
        catch (Engine.Errors.InfrastructureException e)
        {
            Console.WriteLine(e.Message);
        }

        return 0;
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], null);
        }
        catch (IOException)
        {
            // It has ended since it was listed.
            return 0;
        }
    }
}
