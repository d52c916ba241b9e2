using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Egress;
using LoopCluster.Sandboxes.Ownership;
using LoopCluster.Sandboxes.Waiter;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.Tests;

/// <summary>Whose fault it is that nothing comes: the engine and its container do as the test says.</summary>
public sealed class ContainerSandboxTests : IAsyncLifetime
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("loopcluster-state-");
    private readonly HeldTime _time = new();
    private Driver _driver = null!;
    private ContainerSandbox _sandbox = null!;

    public Task InitializeAsync()
    {
        _driver = Driver.Over(_state);
        _sandbox = Create(_driver, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _sandbox.DisposeAsync();
        _state.Delete(recursive: true);
    }

    [Fact]
    public async Task Run_SlowStart_CostsTheCommandNoTime()
    {
        var (running, container) = await BeginAsync();
        _time.Due.ShouldBe(TimeSpan.FromSeconds(1 + 3 + 30));

        container.SayReady();

        _time.Due.ShouldBe(TimeSpan.FromSeconds(1 + 3));
        _time.Fire();
        (await running).Outcome.ShouldBe(SandboxOutcome.TimedOut);
    }

    [Fact]
    public async Task Run_NeverStarts_IsTheEnginesFaultAndNotTheCommands()
    {
        var (running, _) = await BeginAsync();

        _time.Fire();

        (await Should.ThrowAsync<InfrastructureException>(() => running)).Message.ShouldContain("did not start");
    }

    private static ContainerSandbox Create(Driver driver, TimeProvider time) =>
        new([driver], new EgressDialer(Options.Create(new EgressOptions())), time, NullLogger<ContainerSandbox>.Instance);

    private async Task<(Task<SandboxResult> Running, Container Container)> BeginAsync()
    {
        var shape = new SandboxShape
        {
            ImageId = "sha256:abc",
            WorkspaceDirectory = _state.FullName,
            Limits = new SandboxLimits(),
        };
        var call = new SandboxCall { Command = "true", Timeout = TimeSpan.FromSeconds(1) };
        var running = _sandbox.RunAsync(new SandboxOwner(new LoopId("a"), 1, "t"), shape, call, default).AsTask();
        return (running, await _driver.Executing.Task);
    }

    private sealed class Settings : SandboxOptions;

    private sealed class Driver(SandboxOptions options) : IContainerDriver, IContainerEngine
    {
        public TaskCompletionSource<Container> Executing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static Driver Over(DirectoryInfo state) => new(new Settings { StateDirectory = state.FullName });

        public string Name => "stub";

        public SandboxOptions Options => options;

        public bool IsMeant => false;

        public string Description => "a stub";

        public bool MapsOwnUserToRoot => false;

        public Task<IContainerEngine> ConnectAsync(CancellationToken cancellationToken) => Task.FromResult<IContainerEngine>(this);

        public Task<string> ResolveImageAsync(string image, CancellationToken cancellationToken) => Task.FromResult(image);

        public SandboxContainer Start(ContainerPlan plan, IDisposable? egress) => new Container(plan, egress, Executing);

        public Task<string?> TryRemoveAsync(string name) => Task.FromResult<string?>(null);

        public Task<IReadOnlyList<Leftover>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Leftover>>([]);

        public Task<bool> RanOutOfMemoryAsync(string name, DateTimeOffset since, DateTimeOffset until) => Task.FromResult(false);

        // Where the host has no compiler: nothing here ever runs the program.
        public Task<ToolRun> RunToolAsync(
            string image,
            string script,
            string seccomp,
            ReadOnlyMemory<byte> input,
            TimeSpan timeout,
            CancellationToken cancellationToken
        ) => Task.FromResult(new ToolRun([0], null));

        public void Dispose() { }
    }

    /// <summary>Ends when its input is closed, as one with a waiter does.</summary>
    private sealed class Container(ContainerPlan plan, IDisposable? egress, TaskCompletionSource<Container> executing)
        : SandboxContainer(plan, egress)
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SandboxOutput _output = new(100);
        private WaiterReader? _reader;

        public override bool HasEnded => _ended.Task.IsCompleted;

        public override bool EndIsProof => HasEnded;

        public override bool MayAppear => false;

        public void SayReady() => Accept(_reader!, "R\0\0\0\0"u8);

        public override void Beat() { }

        public override async Task<ContainerEnd> ExecuteAsync(SandboxCall call)
        {
            _reader = new WaiterReader(_output);
            executing.SetResult(this);
            await _ended.Task;
            return new ContainerEnd(null, _output, WaiterExit.NeverStarted, _reader.IsReady, Broken: false, "");
        }

        public override Task WaitForEndAsync(CancellationToken cancellationToken) => _ended.Task.WaitAsync(cancellationToken);

        public override void Abandon() => _ended.TrySetResult();

        protected override bool CloseInput() => _ended.TrySetResult();

        protected override void DisposeAttached() { }
    }

    /// <summary>Time stands; the first timer is the call's clock and goes off when told to.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private Clock? _first;

        public TimeSpan? Due => _first?.Due;

        public void Fire() => _first!.Fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var clock = new Clock(() => callback(state)) { Due = dueTime };
            _first ??= clock;
            return clock;
        }

        private sealed class Clock(Action fire) : ITimer
        {
            public TimeSpan Due { get; set; }

            public void Fire() => fire();

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Due = dueTime;
                return true;
            }

            public void Dispose() { }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
