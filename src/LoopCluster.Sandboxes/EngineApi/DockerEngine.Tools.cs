using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>One script in one container, for what the host cannot do itself.</summary>
internal sealed partial class DockerEngine
{
    public async Task<ToolRun> RunToolAsync(
        string image,
        string script,
        string seccomp,
        ReadOnlyMemory<byte> input,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        string? id = null;
        try
        {
            // Closing the connection would end both directions: the script's input ends after as many bytes as there are.
            var command = string.Create(CultureInfo.InvariantCulture, $"head -c {input.Length} | {{ {script}; }}");
            var created = await _client
                .Containers.CreateContainerAsync(
                    new CreateContainerParameters
                    {
                        Image = image,
                        Entrypoint = ["/bin/sh"],
                        Cmd = ["-c", command],
                        AttachStdin = true,
                        AttachStdout = true,
                        AttachStderr = true,
                        OpenStdin = true,
                        StdinOnce = true,
                        User = ToolLimits.User,
                        HostConfig = new HostConfig
                        {
                            AutoRemove = true,
                            NetworkMode = "none",
                            LogConfig = new LogConfig { Type = "none" },
                            CapDrop = ["ALL"],
                            SecurityOpt = CreateParameters.Security,
                            ReadonlyRootfs = true,
                            Tmpfs = new Dictionary<string, string> { ["/tmp"] = ToolLimits.TempMount },
                            Memory = ToolLimits.Memory,
                            MemorySwap = ToolLimits.Memory,
                            PidsLimit = ToolLimits.Processes,
                        },
                    },
                    limit.Token
                )
                .ConfigureAwait(false);
            id = created.ID;
            return await CommunicateAsync(id, input, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineFaults.IsOne(e) && !cancellationToken.IsCancellationRequested)
        {
            return new ToolRun([], EngineFaults.Explain(e));
        }
        finally
        {
            if (id is not null)
            {
                await TryRemoveAsync(id).ConfigureAwait(false);
            }
        }
    }

    private async Task<ToolRun> CommunicateAsync(string id, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var stream = await _client
            .Containers.AttachContainerAsync(
                id,
                new ContainerAttachParameters
                {
                    Stream = true,
                    Stdin = true,
                    Stdout = true,
                    Stderr = true,
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        var exit = _client.Containers.WaitContainerAsync(id, cancellationToken);
        await _client.Containers.StartContainerAsync(id, null, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(input.ToArray(), 0, input.Length, cancellationToken).ConfigureAwait(false);
        using MemoryStream output = new(),
            error = new();
        await stream.CopyOutputToAsync(Stream.Null, output, error, cancellationToken).ConfigureAwait(false);
        var code = (await exit.ConfigureAwait(false)).StatusCode;
        return new ToolRun(output.ToArray(), code == 0 ? null : System.Text.Encoding.UTF8.GetString(error.ToArray()));
    }
}
