using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Gates;

public class JudgeFamiliesTests
{
    [Theory]
    [InlineData("Qwen/Qwen3-Coder-30B", null, "qwen")]
    [InlineData("gpt-5-mini", null, "gpt")]
    [InlineData("meta/llama-3.1", "Llama", "llama")]
    [InlineData("org/7b-model", null, null)]
    public void Of_Model_IsWrittenOrTheLettersOfItsId(string id, string? written, string? family) =>
        JudgeFamilies.Of(Sample.Model with { Model = id, Family = written }).ShouldBe(family);

    [Fact]
    public void Of_Scripts_AreAFamilyEach()
    {
        var one = JudgeFamilies.Of(Sample.Model with { Script = Sample.Blob("one") });

        one.ShouldNotBeNull();
        JudgeFamilies.Of(Sample.Model with { Script = Sample.Blob("two") }).ShouldNotBe(one);
        JudgeFamilies.Of(Sample.Model with { Script = Sample.Blob("one"), Name = "other" }).ShouldBe(one);
    }

    [Theory]
    [InlineData("maker-2", null, "of one family (maker)")]
    [InlineData("other-1", "Maker", "of one family (maker)")]
    [InlineData("7b", null, "does not show")]
    public void Require_JudgeOfTheMakersFamily_IsRefused(string id, string? family, string why)
    {
        var models = Models(("judge", Judges.Model with { Model = id, Family = family }));

        var refusal = Should.Throw<BadInputException>(() =>
            JudgeFamilies.Require(Sample.Spec(Sample.Gate("tests"), Judges.Gate()), models)
        );

        (refusal.Code, refusal.Faults[0].Path).ShouldBe(("judge-family", "gates[1].judge.model"));
        refusal.Message.ShouldContain(why);
        refusal.Message.ShouldContain("allowSameFamily: true");
    }

    [Fact]
    public void Require_NoModelForJudges_IsTheMakersAndRefused() =>
        Should.Throw<BadInputException>(() => JudgeFamilies.Require(Sample.Spec(Judges.Gate()), Models())).Code.ShouldBe("judge-family");

    [Fact]
    public void Require_AllowedOrAnother_IsTaken()
    {
        var gate = Judges.Gate();
        JudgeFamilies.Require(Sample.Spec(gate with { Judge = gate.Judge with { AllowSameFamily = true } }), Models());
        JudgeFamilies.Require(Sample.Spec(gate), Models(("judge", Judges.Model)));

        // The gate's own model is what counts.
        Should.Throw<BadInputException>(() =>
            JudgeFamilies.Require(Sample.Spec(gate), Models(("judge", Judges.Model), ("judge/review", Sample.Model)))
        );
    }

    /// <summary>What may come to answer counts as what answers first: a fallback is no way round the rule.</summary>
    [Theory]
    [InlineData("make", "org/strict-9")]
    [InlineData("judge", "maker-9")]
    public void Require_TierOfTheOthersFamily_IsRefused(string role, string id)
    {
        var models = Models(("judge", Judges.Model), ($"{role}@2.1", Sample.Model with { Name = "spare", Model = id }));
        var tiers = new Dictionary<string, IReadOnlyList<ModelTier>>
        {
            [role] = [new ModelTier("first", [role]), new ModelTier("second", [$"{role}@2.1"])],
        };

        JudgeFamilies.Require(Sample.Spec(Judges.Gate()), models);
        Should
            .Throw<BadInputException>(() => JudgeFamilies.Require(Sample.Spec(Judges.Gate()), models with { Tiers = tiers }))
            .Code.ShouldBe("judge-family");
    }

    private static BoundModels Models(params (string Key, ModelBinding Model)[] more) =>
        new(more.Append(("make", Sample.Model)).ToDictionary(m => m.Item1, m => m.Item2));
}
