using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Tests.Models;

/// <summary>Tiers of a models file, and what becomes of their names in a spec.</summary>
public sealed class TierTests
{
    private const string Models = """
        models:
          small-1: { url: "http://gpu-1/v1", model: small }
          small-2: { url: "http://gpu-2/v1", model: small }
          big: { url: "https://paid.example/v1", model: big }
        tiers:
          small: [small-1, small-2]
        agents:
          make: [small, big]
          explore: small
          judge: [big]
        """;

    [Fact]
    public void Expand_NamesOfTiers_AreTheirModels()
    {
        var spec = Expand("models: { make: [small, big], plan: big }");

        spec.Models.ToDictionary(m => m.Key, m => m.Value.Name)
            .ShouldBe(
                new Dictionary<string, string?>
                {
                    ["make"] = "small-1",
                    ["make@1.2"] = "small-2",
                    ["make@2.1"] = "big",
                    ["plan"] = "big",
                },
                ignoreOrder: true
            );
        Told(spec, "make").ShouldBe("small: make make@1.2 | big: make@2.1");
        spec.Tiers!.ContainsKey("plan").ShouldBeFalse("a model alone never becomes another");
    }

    [Fact]
    public void Expand_NameOfATierForARole_FallsBackWithinIt()
    {
        var spec = Expand("model: small");
        Told(spec, "make").ShouldBe("small: make make@1.2");
    }

    [Fact]
    public void Expand_Auto_IsWhatTheFilesAgentsSay()
    {
        var spec = Expand("model: auto");

        Told(spec, "make").ShouldBe("small: make make@1.2 | big: make@2.1");
        Told(spec, "explore").ShouldBe("small: explore explore@1.2");
        spec.Models["judge"].Name.ShouldBe("big");
        spec.Models.ContainsKey("plan").ShouldBeFalse("it falls back on the maker");
    }

    [Fact]
    public void Expand_Twice_IsTheSame()
    {
        var catalog = ModelCatalog.Parse(Models);
        var once = catalog.Expand(Spec("models: { make: [small, big], judge: small }"));
        var twice = ModelCatalog.Empty.Expand(catalog.Expand(once));

        twice.Models.Keys.ShouldBe(once.Models.Keys);
        Told(twice, "make").ShouldBe(Told(once, "make"));
        Told(twice, "judge").ShouldBe("small: judge judge@1.2");
    }

    [Fact]
    public void WriteOut_Tiers_NeedNoFileAnyMore()
    {
        var spec = ModelCatalog.Parse(Models).WriteOut(Spec("model: auto"));
        spec.Models["make@1.2"].Url.ShouldBe("http://gpu-2/v1");
        spec.Models["make@2.1"].Url.ShouldBe("https://paid.example/v1");
    }

    /// <summary>A run pinned to a model of this machine must not end up at one that is paid for.</summary>
    [Theory]
    [InlineData("model: small-1")]
    [InlineData("models: { make: small-1, judge: big }")]
    public void Expand_OneModel_StaysAlone(string model)
    {
        var spec = Expand(model);
        spec.Tiers.ShouldBeNull();
        spec.Models["make"].Name.ShouldBe("small-1");
    }

    [Fact]
    public void Expand_AutoWithoutAgents_SaysWhatToAdd()
    {
        var refusal = Should.Throw<BadInputException>(() => ModelCatalog.Parse("models: {}").Expand(Spec("model: auto")));
        (refusal.Code, refusal.Faults[0].Path).ShouldBe(("unknown-model", "models.make"));
        refusal.Message.ShouldContain("agents: { make:");
    }

    [Fact]
    public void Parse_Replicas_AreOneModelWithSeveralServers()
    {
        var catalog = ModelCatalog.Parse("models: { m: { replicas: [ \"http://a/v1/\", \"http://b/v1\" ], model: q } }");
        var model = catalog.Models.ShouldHaveSingleItem();
        model.Url.ShouldBe("http://a/v1");
        model.Replicas!.ShouldBe(["http://a/v1", "http://b/v1"]);
        catalog.WriteOut(Spec("model: m")).Models["make"].Replicas!.ShouldBe(["http://a/v1", "http://b/v1"]);
    }

    [Theory]
    [InlineData("{ replicas: [], model: q }", "models.m.replicas")]
    [InlineData("{ replicas: [ \"http://a/v1\", \"http://a/v1/\" ], model: q }", "models.m.replicas")]
    [InlineData("{ replicas: [ \"http://a/v1\" ], url: \"http://b/v1\", model: q }", "models.m.replicas")]
    [InlineData("{ replicas: [ \"ftp://a\" ], model: q }", "models.m.replicas[0]")]
    public void Parse_FaultInReplicas_IsToldWithItsPath(string model, string path) =>
        Should.Throw<BadInputException>(() => ModelCatalog.Parse($"models: {{ m: {model} }}")).Faults.ShouldContain(f => f.Path == path);

    [Theory]
    [InlineData("tiers: { small-1: [big] }", "tiers.small-1", "a model has this name")]
    [InlineData("tiers: { x: [nobody] }", "tiers.x", "no model of this file is named 'nobody'")]
    [InlineData("tiers: { x: [] }", "tiers.x", "a list of 1 to")]
    [InlineData("tiers: { x: [big, big] }", "tiers.x", "each once")]
    [InlineData("tiers: { auto: [big] }", "tiers.auto", "'auto' is kept")]
    [InlineData("agents: { make: [huge] }", "agents.make", "no tier or model of this file is named 'huge'")]
    [InlineData("agents: { maker: [big] }", "agents.maker", "make")]
    [InlineData("tiers: { x: [big] }\nagents: { make: [x, big] }", "agents.make", "'big' is in two of its tiers")]
    public void Parse_FaultInTiers_IsToldWithItsPath(string more, string path, string message)
    {
        const string File = """
            models:
              small-1: { url: "http://gpu-1/v1", model: small }
              big: { url: "https://paid.example/v1", model: big }

            """;
        var refusal = Should.Throw<BadInputException>(() => ModelCatalog.Parse(File + more));
        refusal.Code.ShouldBe("models-invalid");
        refusal.Faults.ShouldContain(f => f.Path == path && f.Message.Contains(message), refusal.Message);
    }

    [Theory]
    [InlineData("model: []", "model", "1 to 8 tiers")]
    [InlineData("models: { make: [ { tier: a, models: [x] }, { tier: a, models: [y] } ] }", "models.make[1]", "is there already")]
    [InlineData("models: { make: [ { tier: a } ] }", "models.make[0].models", "the models of the tier")]
    [InlineData("models: { make: [ { tier: a, models: [x], more: 1 } ] }", "models.make[0].more", "")]
    public void Read_FaultInASpecsTiers_IsToldWithItsPath(string model, string path, string message)
    {
        var refusal = Should.Throw<BadInputException>(() => Spec(model));
        refusal.Faults.ShouldContain(f => f.Path == path && f.Message.Contains(message), refusal.Message);
    }

    [Fact]
    public void Read_TiersOfASpec_AreNamedOrNumbered()
    {
        var spec = Spec(
            """
            models:
              make:
                - script: { replies: [ { text: a } ] }
                - { tier: large, models: [ big, { url: "http://x/v1", model: m } ] }
                - huge
            """
        );
        Told(spec, "make").ShouldBe("tier-1: make | large: make@2.1 make@2.2 | huge: make@3.1");
        spec.Models["make@2.2"].Model.ShouldBe("m");
    }

    private static LoopSpec Expand(string model) => ModelCatalog.Parse(Models).Expand(Spec(model));

    private static LoopSpec Spec(string model) =>
        SpecFile.Parse(
            $"goal: g\nworkspace: {{ files: {{ a: b }} }}\ngates: [ {{ name: t, run: t }} ]\n{model}",
            SpecOrigin.File("/specs")
        );

    private static string Told(LoopSpec spec, string role) =>
        string.Join(" | ", spec.Tiers![role].Select((ModelTier t) => $"{t.Name}: {string.Join(' ', t.Models)}"));
}
