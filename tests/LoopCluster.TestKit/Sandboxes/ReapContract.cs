using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Ownership;
using LoopCluster.TestKit.Kills;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Sandboxes;

/// <summary>Who may remove whose containers, on a real engine.</summary>
public abstract class ReapContract(SandboxRig rig) : IAsyncLifetime
{
    private readonly LoopId _loop = new($"reap-{Environment.ProcessId}-{Random.Shared.Next():x}");
    private readonly DirectoryInfo _workspace = SandboxRig.CreateWorkspace();
    private readonly DirectoryInfo[] _states =
    [
        Directory.CreateTempSubdirectory("loopcluster-state-"),
        Directory.CreateTempSubdirectory("loopcluster-state-"),
    ];
    private ContainerSandbox _mine = null!;
    private ContainerSandbox _theirs = null!;

    public Task InitializeAsync()
    {
        (_mine, _theirs) = (
            (ContainerSandbox)rig.CreateSandbox(_states[0].FullName),
            (ContainerSandbox)rig.CreateSandbox(_states[1].FullName)
        );
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _mine.DisposeAsync();
        await _theirs.DisposeAsync();
        foreach (var directory in (DirectoryInfo[])[.. _states, _workspace])
        {
            directory.Delete(recursive: true);
        }
    }

    [SkippableFact]
    public async Task Reap_AnotherLiveOwnersContainers_StayAndWork()
    {
        await rig.SkipWithoutEngineAsync();
        var image = await _theirs.ResolveImageAsync(SandboxRig.Image, default);
        var shape = new SandboxShape
        {
            ImageId = image,
            WorkspaceDirectory = _workspace.FullName,
            Limits = new SandboxLimits(),
        };
        var owner = new SandboxOwner(_loop, 1, "tests");
        _theirs.Prewarm(owner, shape);
        var prepared = await UntilCountAsync(1);

        await _mine.ReapAsync(default);

        (await rig.ListAsync(_loop)).ShouldBe(prepared);
        var result = await _theirs.RunAsync(
            owner,
            shape,
            new SandboxCall { Command = "echo fine", Timeout = TimeSpan.FromSeconds(20) },
            default
        );
        result.ExitCode.ShouldBe(0);
    }

    [SkippableFact]
    public async Task Reap_LeftoversByRule_RemovesExactlyThose()
    {
        await rig.SkipWithoutEngineAsync();
        var image = await _mine.ResolveImageAsync(SandboxRig.Image, default);
        var (mine, theirs) = (ContainerOwner.Current(_states[0].FullName), ContainerOwner.Current(_states[1].FullName));
        var later = DateTimeOffset.UtcNow.AddHours(1);
        var names = new Dictionary<string, string>
        {
            ["live"] = await StartAsync(theirs, 1, later),
            ["other boot"] = await StartAsync(theirs with { Boot = "0" }, 1, later),
            ["other namespace"] = await StartAsync(theirs with { PidNamespace = "0", Pid = 999_999_999 }, 1, later),
            ["past its deadline"] = await StartAsync(theirs, 1, DateTimeOffset.UtcNow.AddSeconds(-1)),
            ["dead process"] = await StartAsync(theirs with { Pid = 999_999_999 }, 1, later),
            ["same number, other process"] = await StartAsync(theirs with { Started = 1 }, 1, later),
            ["own, before a reboot"] = await StartAsync(mine with { Boot = "0" }, 1, later),
            ["own, older epoch"] = await StartAsync(mine, 1, later),
            ["own, this epoch"] = await StartAsync(mine, 2, later),
        };
        try
        {
            var shape = new SandboxShape
            {
                ImageId = image,
                WorkspaceDirectory = _workspace.FullName,
                Limits = new SandboxLimits(),
            };
            await _mine.RunAsync(
                new SandboxOwner(_loop, 2, "tests"),
                shape,
                new SandboxCall { Command = "true", Timeout = TimeSpan.FromSeconds(20) },
                default
            );

            await _mine.ReapAsync(default);

            var left = await rig.ListAsync(_loop);
            names
                .Where(n => left.Contains(n.Value))
                .Select(n => n.Key)
                .ShouldBe(["live", "other boot", "other namespace", "own, this epoch"], ignoreOrder: true);
        }
        finally
        {
            await rig.RemoveAsync(names.Values);
        }
    }

    private async Task<string> StartAsync(ContainerOwner owner, int epoch, DateTimeOffset deadline)
    {
        var name = $"loopcluster-test-{Random.Shared.Next():x}";
        await rig.StartStrangerAsync(name, ContainerLabels.Create(owner.ToString(), new SandboxOwner(_loop, epoch, "tests"), deadline));
        return name;
    }

    private async Task<IReadOnlyList<string>> UntilCountAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            if (await rig.ListAsync(_loop) is var list && list.Count == count)
            {
                return list;
            }
        }
    }
}
