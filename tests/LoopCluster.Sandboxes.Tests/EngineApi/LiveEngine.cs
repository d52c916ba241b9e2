using Docker.DotNet;
using Docker.DotNet.Models;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Egress;
using LoopCluster.Sandboxes.EngineApi;
using LoopCluster.TestKit.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>
/// The engine of this machine through its API, if one answers and has the image. What is looked at is seen through a plain client.
/// </summary>
internal sealed class LiveEngine : SandboxRig
{
    public static readonly LiveEngine Rig = new();

    private readonly Lazy<Task<string?>> _reason = new(LookAsync);

    public DockerClient Client { get; } = new DockerClientBuilder().Build();

    public override string Driver => "docker";

    public override Task<string?> FindReasonToSkipAsync() => _reason.Value;

    public override ISandbox CreateSandbox(string stateDirectory) => CreateSandbox(stateDirectory, configure: null);

    public static ContainerSandbox CreateSandbox(string stateDirectory, Action<DockerSandboxOptions>? configure)
    {
        var options = new DockerSandboxOptions { StateDirectory = stateDirectory };
        configure?.Invoke(options);
        return new ContainerSandbox(
            [new DockerDriver(Options.Create(options))],
            new EgressDialer(Options.Create(new EgressOptions())),
            TimeProvider.System,
            NullLogger<ContainerSandbox>.Instance
        );
    }

    public override async Task<IReadOnlyList<string>> ListAsync(LoopId loop)
    {
        var filters = new Dictionary<string, IDictionary<string, bool>>
        {
            ["label"] = new Dictionary<string, bool> { [$"loopcluster.loop={loop.Value}"] = true },
        };
        var all = await Client.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filters });
        return [.. all.Select(c => c.Names[0].TrimStart('/'))];
    }

    public override async Task StartStrangerAsync(string name, IReadOnlyDictionary<string, string> labels)
    {
        await Client.Containers.CreateContainerAsync(
            new CreateContainerParameters
            {
                Name = name,
                Image = Image,
                Cmd = ["sleep", "600"],
                Labels = labels.ToDictionary(),
                HostConfig = new HostConfig { NetworkMode = "none" },
            }
        );
        await Client.Containers.StartContainerAsync(name);
    }

    public override async Task RemoveAsync(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            try
            {
                await Client.Containers.RemoveContainerAsync(name, new ContainerRemoveParameters { Force = true });
            }
            catch (DockerContainerNotFoundException)
            {
                // Reaped, as most of them should be.
            }
        }
    }

    private static async Task<string?> LookAsync()
    {
        try
        {
            using var engine = await DockerEngine.ConnectAsync(new DockerSandboxOptions(), default);
            await engine.ResolveImageAsync(Image, default);
            return null;
        }
        catch (InfrastructureException e)
        {
            return e.Message;
        }
    }
}
