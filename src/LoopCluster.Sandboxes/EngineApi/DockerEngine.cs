using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.EngineApi.Transport;
using LoopCluster.Sandboxes.Ownership;
using Version = System.Version;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>An engine that has answered through its API.</summary>
internal sealed partial class DockerEngine : IContainerEngine
{
    // Waiting for a container's removal came with it.
    private static readonly Version OldestApi = new(1, 30);

    private readonly DockerClient _client;
    private readonly TimeSpan _requestTimeout;

    private DockerEngine(DockerClient client, TimeSpan requestTimeout) => (_client, _requestTimeout) = (client, requestTimeout);

    public string Description { get; private set; } = "";

    public bool MapsOwnUserToRoot { get; private set; }

    /// <exception cref="InfrastructureException"><c>sandbox-unavailable</c>: no engine answers there, or it is none that this driver speaks
    /// with.</exception>
    public static async Task<DockerEngine> ConnectAsync(DockerSandboxOptions options, CancellationToken cancellationToken)
    {
        var address = EngineAddress.Resolve(options, EngineEnvironment.OfThisProcess);
        var client = new DockerClientBuilder()
            .WithEndpoint(address.Endpoint)
            .WithTimeout(options.RequestTimeout)
            .WithTransportOptions(new EngineTransport(options.ConnectTimeout), address)
            .Build();
        var engine = new DockerEngine(client, options.RequestTimeout);
        try
        {
            await engine.IntroduceAsync(address, cancellationToken).ConfigureAwait(false);
            return engine;
        }
        catch (Exception e)
        {
            engine.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            if (EngineFaults.IsOne(e))
            {
                throw SandboxFaults.Unavailable($"No container engine answers at {address.Endpoint} ({EngineFaults.Explain(e)}).", e);
            }

            throw;
        }
    }

    public Task<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        ImageResolution.ResolveAsync("the engine", image, name => FindImageAsync(name, cancellationToken));

    public SandboxContainer Start(ContainerPlan plan, IDisposable? egress) => new AttachedContainer(plan, _client, _requestTimeout, egress);

    public async Task<string?> TryRemoveAsync(string name)
    {
        try
        {
            await _client
                .Containers.RemoveContainerAsync(
                    name,
                    new ContainerRemoveParameters { Force = true, RemoveVolumes = true },
                    CancellationToken.None
                )
                .ConfigureAwait(false);
            return null;
        }
        catch (DockerContainerNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (EngineFaults.IsOne(e))
        {
            return EngineFaults.Explain(e);
        }
    }

    public async Task<IReadOnlyList<Leftover>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var all = await _client
                .Containers.ListContainersAsync(
                    new ContainersListParameters { All = true, Filters = Filter("label", ContainerLabels.Owner) },
                    cancellationToken
                )
                .ConfigureAwait(false);
            return
            [
                .. all.Select(c => Leftover.Read(c.ID, label => c.Labels.TryGetValue(label, out var value) ? value : ""))
                    .OfType<Leftover>(),
            ];
        }
        catch (Exception e) when (EngineFaults.IsOne(e) && !cancellationToken.IsCancellationRequested)
        {
            throw SandboxFaults.Unavailable($"Containers could not be listed: {EngineFaults.Explain(e)}", e);
        }
    }

    public async Task<bool> RanOutOfMemoryAsync(string name, DateTimeOffset since, DateTimeOffset until)
    {
        var filters = Filter("container", name);
        filters["event"] = new Dictionary<string, bool> { ["oom"] = true };
        var seen = new Seen();
        try
        {
            using var limit = new CancellationTokenSource(_requestTimeout);
            await _client
                .System.MonitorEventsAsync(
                    new ContainerEventsParameters
                    {
                        Since = Seconds(since),
                        Until = Seconds(until),
                        Filters = filters,
                    },
                    seen,
                    limit.Token
                )
                .ConfigureAwait(false);
        }
        catch (Exception e) when (EngineFaults.IsOne(e))
        {
            // The container's end is then told as what it looks like: an end without a report.
        }

        return seen.Any;
    }

    public void Dispose() => _client.Dispose();

    private async Task IntroduceAsync(EngineAddress address, CancellationToken cancellationToken)
    {
        var version = await _client.System.GetVersionAsync(cancellationToken).ConfigureAwait(false);
        if (version.Components?.FirstOrDefault(c => c.Name.Contains("podman", StringComparison.OrdinalIgnoreCase)) is { } podman)
        {
            throw SandboxFaults.Unavailable(
                $"{address.Endpoint} is {podman.Name}, which this driver was not tried with; its client is used with {SandboxOptions.Section}:Driver = cli."
            );
        }

        if (!Version.TryParse(version.APIVersion, out var api) || api < OldestApi)
        {
            throw SandboxFaults.Unavailable(
                $"The engine at {address.Endpoint} speaks version {version.APIVersion} of its API; {OldestApi} is the oldest that will do."
            );
        }

        Description = $"the Engine API at {address.Endpoint.OriginalString} (Docker {version.Version})";
        if (!Environment.IsPrivilegedProcess)
        {
            var info = await _client.System.GetSystemInfoAsync(cancellationToken).ConfigureAwait(false);
            MapsOwnUserToRoot = info.SecurityOptions?.Any(o => o.Contains("rootless", StringComparison.Ordinal)) == true;
        }
    }

    private async Task<FoundImage?> FindImageAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var image = await _client.Images.InspectImageAsync(name, cancellationToken).ConfigureAwait(false);
            return new FoundImage(image.ID, [.. image.RepoDigests ?? []]);
        }
        catch (DockerImageNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (EngineFaults.IsOne(e) && !cancellationToken.IsCancellationRequested)
        {
            throw SandboxFaults.Unavailable($"The engine did not answer: {EngineFaults.Explain(e)}.", e);
        }
    }

    private static Dictionary<string, IDictionary<string, bool>> Filter(string key, string value) =>
        new() { [key] = new Dictionary<string, bool> { [value] = true } };

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private sealed class Seen : IProgress<Message>
    {
        public bool Any { get; private set; }

        public void Report(Message value) => Any = true;
    }
}
