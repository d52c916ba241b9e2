using LoopCluster.Cli.Composition;
using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Checks;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Sandboxes;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.FunctionalTests.Checks;

/// <summary>What is tried before a run, with commands without containers and an endpoint that answers as told.</summary>
public sealed class SpecCheckerTests : IDisposable
{
    private const string Endpoint = "{ url: http://localhost:1/v1, model: m, window: 8192, maxTokens: 100 }";

    private readonly TestFiles _files = new();
    private readonly FakeShell _shell = new();
    private readonly Answering _endpoint = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task RunAsync_EverythingAnswers_IsFitAfterOneTokenOfOneCall()
    {
        _endpoint.Next(new ModelAnswer("", [], ReplyFinish.Length, new Usage(9, 1)));

        var outcome = await CheckAsync(Endpoint);

        outcome.Verdict.ShouldBeNull();
        Healths(outcome).ShouldBe(["endpoint good", "workspace good", "gates good"]);
        _endpoint.Bodies.ShouldHaveSingleItem().ShouldContain("\"max_tokens\":1");
        outcome.End.ShouldNotBeNull().Baseline.Count.ShouldBe(1);
        outcome.Findings[^1].Detail.ShouldBe("every gate does on the base what it should; canaries: answer none");
    }

    [Fact]
    public async Task RunAsync_GateMustHaveACanaryAndHasNone_IsBadWithTheCodeOfARun()
    {
        var outcome = await CheckAsync(Endpoint, asking: ModelAsking.Offline, gate: "has answer.txt 42, strength: { canary: true }");

        var verdict = outcome.Verdict.ShouldNotBeNull();
        (verdict.Name, verdict.ExitCode).ShouldBe(("gates", 6));
        verdict.Todo.ShouldNotBeNull().ShouldContain("canary: { path: text }");
    }

    [Fact]
    public async Task RunAsync_CanaryOfTheSpec_IsToldAsGiven()
    {
        var outcome = await CheckAsync(
            Endpoint,
            asking: ModelAsking.Offline,
            gate: "has answer.txt 42, canary: { answer.txt: nothing }, strength: { canary: true }"
        );

        outcome.Verdict.ShouldBeNull();
        outcome.Findings[^1].Detail.ShouldEndWith("canaries: answer given");
    }

    [Fact]
    public async Task RunAsync_Offline_SendsNothing()
    {
        var outcome = await CheckAsync(Endpoint, asking: ModelAsking.Offline);

        outcome.Verdict.ShouldBeNull();
        outcome.Findings[0].Detail.ShouldContain("was not asked (--offline)");
        _endpoint.Bodies.ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_RefusedParameter_IsLearnedAsALoopWould()
    {
        _endpoint.Next(
            new ModelFailure(
                ModelFailureKind.Refused,
                "use max_completion_tokens",
                Served: false,
                Rejected: new RejectedParameter("max_tokens", "max_completion_tokens")
            )
        );
        _endpoint.Next(new ModelAnswer("o", [], ReplyFinish.Length, new Usage(9, 1)));

        (await CheckAsync(Endpoint)).Verdict.ShouldBeNull();

        _endpoint.Bodies.Count.ShouldBe(2);
        _endpoint.Bodies[1].ShouldContain("\"max_completion_tokens\":1");
    }

    [Theory]
    [InlineData(ModelFailureKind.Unreachable, 7)]
    [InlineData(ModelFailureKind.Refused, 7)]
    [InlineData(ModelFailureKind.Overloaded, 0)]
    public async Task RunAsync_EndpointDoesNotAnswer_IsToldAndTheRestIsTriedAllTheSame(ModelFailureKind kind, int exitCode)
    {
        _endpoint.Next(new ModelFailure(kind, "no luck", Served: false));

        var outcome = await CheckAsync(Endpoint);

        (outcome.Verdict?.ExitCode ?? 0).ShouldBe(exitCode);
        outcome.Findings[0].Detail.ShouldContain("no luck");
        (outcome.Findings[0].Todo ?? "").ShouldNotContain("2s");
        outcome
            .Findings[^1]
            .ShouldBe(new CheckFinding("gates", CheckHealth.Good, "every gate does on the base what it should; canaries: answer none"));
    }

    [Fact]
    public async Task RunAsync_KeyIsNotSet_IsToldAndTheEndpointIsNotAsked()
    {
        var outcome = await CheckAsync(
            Endpoint.Replace("model: m", "model: m, keyEnv: LOOPCLUSTER_TEST_NO_SUCH_KEY", StringComparison.Ordinal)
        );

        Healths(outcome).ShouldBe(["key bad", "workspace good", "gates good"]);
        outcome.Verdict.ShouldNotBeNull().Detail.ShouldContain("LOOPCLUSTER_TEST_NO_SUCH_KEY");
        outcome.Verdict.ExitCode.ShouldBe(7);
        _endpoint.Bodies.ShouldBeEmpty();
    }

    [Fact]
    public async Task RunAsync_CeilingOfCostWithoutAPrice_IsTheRuleOfARun()
    {
        var unpriced = await CheckAsync(Endpoint, "budget: { cost: 1 }", ModelAsking.Offline);
        var priced = await CheckAsync(
            Endpoint.Replace("model: m", "model: m, price: { in: 1, out: 2 }", StringComparison.Ordinal),
            "budget: { cost: 1 }",
            ModelAsking.Offline
        );

        Healths(unpriced).ShouldBe(["endpoint good", "price bad", "workspace good", "gates good"]);
        (unpriced.Verdict!.Code, unpriced.Verdict.ExitCode).ShouldBe(("price-missing", 2));
        Healths(priced).ShouldBe(["endpoint good", "price good", "workspace good", "gates good"]);
    }

    [Fact]
    public async Task RunAsync_UnknownModelAndBranchInTheWay_AreBothTold()
    {
        var repository = _files.Repository("repo", ("readme.txt", "hello\n"));
        TestFiles.Git(repository, "branch", "loopcluster");

        var outcome = await CheckAsync("nobody", workspace: $"{{ path: {repository} }}");

        outcome.Findings.Select(f => f.Code).ShouldBe(["unknown-model", "branch-in-the-way"]);
        outcome.Findings[1].Detail.ShouldContain("git branch -m loopcluster");
        outcome.End.ShouldBeNull();
    }

    [Fact]
    public async Task RunAsync_UncommittedChanges_AreWeak()
    {
        var repository = _files.Repository("repo", ("readme.txt", "hello\n"));
        _files.Write("repo/readme.txt", "changed\n");
        _files.Write("repo/new.txt", "new\n");

        var outcome = await CheckAsync(Endpoint, asking: ModelAsking.Offline, workspace: $"{{ path: {repository} }}");

        outcome.Verdict.ShouldBeNull();
        Healths(outcome).ShouldBe(["endpoint good", "workspace good", "branch good", "uncommitted weak", "gates good"]);
        outcome.Findings.Single(f => f.Name == "uncommitted").Detail.ShouldEndWith("changed readme.txt; new new.txt");
    }

    [Fact]
    public async Task RunAsync_GateIsGreenOnTheBase_IsWhatARunEndsOn()
    {
        var outcome = await CheckAsync(Endpoint, asking: ModelAsking.Offline, gate: "has readme.txt hello");

        (outcome.Verdict!.Name, outcome.Verdict.ExitCode).ShouldBe(("gates", 2));
        outcome.Verdict.Detail.ShouldContain("already passes on the base");
    }

    private static IEnumerable<string> Healths(CheckOutcome outcome) =>
        outcome.Findings.Select(f => $"{f.Name} {f.Health.ToString().ToLowerInvariant()}");

    private async Task<CheckOutcome> CheckAsync(
        string model,
        string more = "",
        ModelAsking asking = ModelAsking.Ask,
        string workspace = "{ files: { readme.txt: \"hello\\n\" } }",
        string gate = "has answer.txt 42"
    )
    {
        var spec = SpecFile.Parse(
            $"goal: put 42 into answer.txt\nworkspace: {workspace}\nmodel: {model}\ngates: [ {{ name: answer, run: {gate} }} ]\n{more}\n",
            SpecOrigin.File(_files.Root)
        );
        await using var runtime = await LoopRuntime.OwnAsync(
            new DataDirectory(_files.At(Guid.NewGuid().ToString("n"))),
            new RuntimeOptions(ModelCatalog.Empty, []),
            services => services.AddSingleton<ISandbox>(_shell.Sandbox).AddSingleton(new ModelRouter([_endpoint]))
        );
        return await new SpecChecker(runtime.Ports, runtime.Starter).RunAsync(
            new StartLoop("tests", spec),
            asking,
            [],
            null,
            CancellationToken.None
        );
    }

    private sealed class Answering : IModelClient
    {
        private readonly Queue<ModelResult> _results = new();

        public List<string> Bodies { get; } = [];

        public void Next(ModelAnswer answer) => _results.Enqueue(new ModelResult(answer, null));

        public void Next(ModelFailure failure) => _results.Enqueue(new ModelResult(null, failure));

        public bool Serves(ModelBinding model) => true;

        public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
        {
            Bodies.Add(System.Text.Encoding.UTF8.GetString(call.Body.Span));
            return ValueTask.FromResult(_results.Dequeue());
        }
    }
}
