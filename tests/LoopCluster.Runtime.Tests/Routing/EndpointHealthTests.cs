using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Routing;

namespace LoopCluster.Runtime.Tests.Routing;

/// <summary>An endpoint that fails again and again is left alone, by all loops of the process.</summary>
public sealed class EndpointHealthTests
{
    private static readonly ModelBinding Model = new()
    {
        Name = "m",
        Url = "http://gpu-1/v1",
        Model = "m-1",
        Window = 8192,
        MaxTokens = 512,
    };

    private readonly HandSetTime _time = new();
    private readonly Endpoint _endpoint = new();
    private readonly ModelRouter _router;

    public EndpointHealthTests() => _router = new ModelRouter([_endpoint], new EndpointHealth(_time));

    [Fact]
    public async Task Send_FailuresInARow_OpenTheCircuitAndNothingIsSent()
    {
        await FailAsync(Circuit.Most);

        var refusal = (await SendAsync()).Failure.ShouldNotBeNull();

        (refusal.Kind, refusal.Served, refusal.RetryAfter).ShouldBe((ModelFailureKind.CircuitOpen, false, TimeSpan.FromSeconds(5)));
        refusal.Message.ShouldContain("5 calls in a row failed");
        refusal.Message.ShouldContain("gone away");
        _endpoint.Asked.ShouldBe(Circuit.Most);
    }

    [Fact]
    public async Task Send_FewerFailuresThanThat_GoOnBeingSent()
    {
        await FailAsync(Circuit.Most - 1);
        _endpoint.Failure = null;
        (await SendAsync()).Answer.ShouldNotBeNull();
        await FailAsync(Circuit.Most - 1);
        (await SendAsync()).Failure!.Kind.ShouldBe(ModelFailureKind.Unreachable);
    }

    [Theory]
    [InlineData(ModelFailureKind.RateLimited)]
    [InlineData(ModelFailureKind.Refused)]
    [InlineData(ModelFailureKind.ContextLength)]
    public async Task Send_AnswersThatAreRefusals_OpenNothing(ModelFailureKind kind)
    {
        await FailAsync(Circuit.Most * 2, kind);
        _endpoint.Asked.ShouldBe(Circuit.Most * 2);
    }

    [Fact]
    public async Task Send_AfterTheTime_OneCallTriesAndAnAnswerClosesIt()
    {
        await FailAsync(Circuit.Most);
        _time.Advance(TimeSpan.FromSeconds(5));
        var gate = _endpoint.Hold = new TaskCompletionSource();
        _endpoint.Failure = null;
        var trying = SendAsync();
        (await SendAsync()).Failure!.Kind.ShouldBe(ModelFailureKind.CircuitOpen, "one tries, the others wait");
        gate.SetResult();
        (await trying).Answer.ShouldNotBeNull();
        _endpoint.Hold = null;
        (await SendAsync()).Answer.ShouldNotBeNull();
    }

    [Fact]
    public async Task Send_TheTryFailsToo_IsLeftAloneForLonger()
    {
        await FailAsync(Circuit.Most);
        _time.Advance(TimeSpan.FromSeconds(5));
        await FailAsync(1);

        (await SendAsync()).Failure!.RetryAfter.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Send_OtherModelOfTheServer_IsNotConcerned()
    {
        await FailAsync(Circuit.Most);
        _endpoint.Failure = null;
        (await SendAsync(Model with { Model = "m-2" })).Answer.ShouldNotBeNull();
        (await SendAsync(Model with { Url = "http://gpu-2/v1" })).Answer.ShouldNotBeNull();
    }

    [Fact]
    public async Task Send_TryIsCancelled_LeavesTheNextOneToTry()
    {
        await FailAsync(Circuit.Most);
        _time.Advance(TimeSpan.FromSeconds(5));
        _endpoint.Failure = ModelFailureKind.Aborted;
        await SendAsync();
        _endpoint.Failure = null;
        (await SendAsync()).Answer.ShouldNotBeNull();
    }

    private async Task FailAsync(int times, ModelFailureKind kind = ModelFailureKind.Unreachable)
    {
        _endpoint.Failure = kind;
        for (var i = 0; i < times; i++)
        {
            (await SendAsync()).Failure!.Kind.ShouldBe(kind);
        }
    }

    private Task<ModelResult> SendAsync(ModelBinding? model = null) =>
        _router.SendAsync(new ModelCall(model ?? Model, new LoopId("l"), "make", 0, default), default).AsTask();

    private sealed class HandSetTime : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => _now;

        public void Advance(TimeSpan by) => _now += by;
    }

    private sealed class Endpoint : IModelClient
    {
        public ModelFailureKind? Failure { get; set; }

        public TaskCompletionSource? Hold { get; set; }

        public int Asked { get; private set; }

        public bool Serves(ModelBinding model) => true;

        public async ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
        {
            Asked++;
            await (Hold?.Task ?? Task.CompletedTask);
            return Failure is { } kind
                ? new ModelResult(null, new ModelFailure(kind, "gone away", Served: false))
                : new ModelResult(new ModelAnswer("hello", [], ReplyFinish.Stop, null), null);
        }
    }
}
