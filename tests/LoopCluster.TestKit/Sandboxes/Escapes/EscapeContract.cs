using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes.Escapes;

/// <summary>
/// Every one of <see cref="EscapeAttempts"/> in one container a driver, each in a process of its own; a row of the theory is one attempt.
/// </summary>
public abstract class EscapeContract(SandboxRig rig)
{
    private static readonly ConcurrentDictionary<SandboxRig, Lazy<Task<Dictionary<string, string>>>> s_outcomes = new();

    public static TheoryData<string> Names => [.. EscapeAttempts.All.Select(a => a.Name)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Attempt_FromInside_IsHeld(string name)
    {
        await rig.SkipWithoutEngineAsync();
        var outcomes = await s_outcomes.GetOrAdd(rig, r => new Lazy<Task<Dictionary<string, string>>>(() => RunAllAsync(r))).Value;

        outcomes[name].ShouldMatch($"^({EscapeAttempts.All.Single(a => a.Name == name).Held})$");
    }

    private static async Task<Dictionary<string, string>> RunAllAsync(SandboxRig rig)
    {
        var (state, workspace, elsewhere) = (
            Directory.CreateTempSubdirectory("loopcluster-state-"),
            SandboxRig.CreateWorkspace(),
            SandboxRig.CreateWorkspace()
        );
        await File.WriteAllTextAsync(Path.Combine(elsewhere.FullName, "secret"), "of another loop");
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using var hidden = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        hidden.Bind(new UnixDomainSocketEndPoint("\0loopcluster-escape-" + port));
        hidden.Listen();
        var sandbox = rig.CreateSandbox(state.FullName);
        try
        {
            var attempts = EscapeAttempts.All.ToDictionary(
                a => a.Name,
                a =>
                    a.Code.Replace("PORT", port, StringComparison.Ordinal)
                        .Replace("ELSEWHERE", elsewhere.FullName, StringComparison.Ordinal)
            );
            using var runner = typeof(EscapeContract).Assembly.GetManifestResourceStream("Escapes/runner.py")!;
            var script = await new StreamReader(runner).ReadToEndAsync();
            await File.WriteAllTextAsync(Path.Combine(workspace.FullName, "runner.py"), script);
            var shape = new SandboxShape
            {
                ImageId = await sandbox.ResolveImageAsync(SandboxRig.Image, default),
                WorkspaceDirectory = workspace.FullName,
                Limits = new SandboxLimits { Memory = 512L << 20, Pids = 128 },
            };
            var call = new SandboxCall
            {
                Command = "python3 -B runner.py",
                Stdin = JsonSerializer.SerializeToUtf8Bytes(attempts),
                Timeout = TimeSpan.FromMinutes(2),
            };
            var owner = new SandboxOwner(new LoopId($"escape-{Environment.ProcessId}-{Random.Shared.Next():x}"), 1, "tests");

            var result = await sandbox.RunAsync(owner, shape, call, default);

            var said = Encoding.UTF8.GetString(result.Output.Span);
            (result.Outcome, result.ExitCode).ShouldBe((SandboxOutcome.Exited, 0), said);
            var outcomes = said.Split('\n')
                .Select(line => line.Split('\t', 2))
                .Where(l => l.Length == 2)
                .ToDictionary(l => l[0], l => l[1]);
            outcomes.Keys.ShouldBe(EscapeAttempts.All.Select(a => a.Name), "each attempt says once how it ended");
            (listener.Pending(), hidden.Poll(0, SelectMode.SelectRead)).ShouldBe((false, false), "nobody came");
            return outcomes;
        }
        finally
        {
            await ((IAsyncDisposable)sandbox).DisposeAsync();
            state.Delete(recursive: true);
            workspace.Delete(recursive: true);
            elsewhere.Delete(recursive: true);
        }
    }
}
