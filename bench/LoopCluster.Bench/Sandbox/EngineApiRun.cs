using Docker.DotNet;
using Docker.DotNet.Models;

namespace LoopCluster.Bench.Sandbox;

/// <summary>
/// The yardstick: the five requests that one command in one container takes, through the client library as it comes, hardening off.
/// </summary>
internal sealed class EngineApiRun(string image, string command, string run) : IDisposable
{
    private readonly DockerClient _client = new DockerClientBuilder().Build();

    public async Task CallAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var id = (
                await _client.Containers.CreateContainerAsync(
                    new CreateContainerParameters
                    {
                        Image = image,
                        Cmd = ["sh", "-c", command],
                        HostConfig = new HostConfig { NetworkMode = "none" },
                        Labels = new Dictionary<string, string> { [ContainerWatch.Label] = run },
                    }
                )
            ).ID;
            await _client.Containers.StartContainerAsync(id);
            var exit = await _client.Containers.WaitContainerAsync(id);
            using var logs = await _client.Containers.GetContainerLogsAsync(
                id,
                new ContainerLogsParameters { ShowStdout = true, ShowStderr = true }
            );
            var (output, error) = await logs.ReadOutputToEndAsync(default);
            await _client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters());
            if (exit.StatusCode != 0 || output.Length == 0)
            {
                throw new InvalidOperationException($"the command failed: {error}");
            }
        }
    }

    public void Dispose() => _client.Dispose();
}
