using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Ownership;

namespace LoopCluster.Sandboxes.Tests;

/// <summary>Which driver serves. None of these engines does anything.</summary>
public sealed class ContainerDriversTests
{
    private static async Task<string> ChooseAsync(string wanted, params Driver[] drivers)
    {
        foreach (var driver in drivers)
        {
            driver.Options.Driver = wanted;
        }

        return (await ContainerDrivers.ConnectAsync(drivers, default)).Driver.Name;
    }

    [Fact]
    public async Task Connect_Auto_IsTheFirstWhoseEngineAnswers()
    {
        (await ChooseAsync("auto", new Driver("docker"), new Driver("cli"))).ShouldBe("docker");
        (await ChooseAsync("auto", new Driver("docker", answers: false), new Driver("cli"))).ShouldBe("cli");
    }

    [Fact]
    public async Task Connect_AutoWithSettingsOfOne_TriesNoOther()
    {
        (await ChooseAsync("auto", new Driver("docker"), new Driver("cli", isMeant: true))).ShouldBe("cli");
        await Should.ThrowAsync<InfrastructureException>(() =>
            ChooseAsync("auto", new Driver("docker"), new Driver("cli", answers: false, isMeant: true))
        );
    }

    [Fact]
    public async Task Connect_Named_IsNotReplaced()
    {
        (await ChooseAsync("cli", new Driver("docker"), new Driver("cli"))).ShouldBe("cli");
        var fault = await Should.ThrowAsync<InfrastructureException>(() =>
            ChooseAsync("docker", new Driver("docker", answers: false), new Driver("cli"))
        );
        fault.Message.ShouldContain("docker is away.");
    }

    [Fact]
    public async Task Connect_NamedButNotBuiltIn_SaysWhatIs()
    {
        var fault = await Should.ThrowAsync<InfrastructureException>(() => ChooseAsync("docker", new Driver("cli")));

        fault.Code.ShouldBe("sandbox-unavailable");
        fault.Message.ShouldContain("which this build does not have; it has cli.");
    }

    [Fact]
    public async Task Connect_NoneAnswers_SaysWhatEachSaidAndTheAdviceOnce()
    {
        var fault = await Should.ThrowAsync<InfrastructureException>(() =>
            ChooseAsync("auto", new Driver("docker", answers: false), new Driver("cli", answers: false))
        );

        fault.Message.ShouldStartWith("docker is away. cli is away. Run './loop doctor'");
        fault.Message.Split("./loop doctor").Length.ShouldBe(2);
    }

    private sealed class Driver(string name, bool answers = true, bool isMeant = false) : IContainerDriver
    {
        public string Name => name;

        public SandboxOptions Options { get; } = new Settings();

        public bool IsMeant => isMeant;

        public Task<IContainerEngine> ConnectAsync(CancellationToken cancellationToken) =>
            answers ? Task.FromResult<IContainerEngine>(new Engine()) : throw SandboxFaults.Unavailable($"{name} is away.");
    }

    private sealed class Settings : SandboxOptions;

    private sealed class Engine : IContainerEngine
    {
        public string Description => "an engine";

        public bool MapsOwnUserToRoot => false;

        public Task<string> ResolveImageAsync(string image, CancellationToken cancellationToken) => Task.FromResult(image);

        public SandboxContainer Start(ContainerPlan plan, IDisposable? egress) => throw new NotSupportedException();

        public Task<string?> TryRemoveAsync(string name) => Task.FromResult<string?>(null);

        public Task<IReadOnlyList<Leftover>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Leftover>>([]);

        public Task<bool> RanOutOfMemoryAsync(string name, DateTimeOffset since, DateTimeOffset until) => Task.FromResult(false);

        public Task<ToolRun> RunToolAsync(
            string image,
            string script,
            string seccomp,
            ReadOnlyMemory<byte> input,
            TimeSpan timeout,
            CancellationToken cancellationToken
        ) => Task.FromResult(new ToolRun([], null));

        public void Dispose() { }
    }
}
