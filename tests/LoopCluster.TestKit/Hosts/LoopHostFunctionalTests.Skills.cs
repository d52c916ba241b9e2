using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Skills and rules files: found in the base and in folders, chosen for each attempt, read from anywhere.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Skills_OfRepositoryAndSpec_AreChosenByGoalAndFailureAndNamedInTheLedger()
    {
        Guide("mine/answers", "answers", "How to put a number into answer.txt.", "Write the digits alone.");
        Guide("mine/weather", "weather", "Tells the weather.", "Look out of the window.");
        var repository = Files.Repository(
            "repo",
            ("readme.txt", "hello\n"),
            (".claude/skills/number-files/SKILL.md", Text("number-files", "Put 42 and other numbers into files.", "As text.")),
            (".agent/skills/broken/SKILL.md", "no front matter"),
            ("AGENTS.md", "Numbers are digits."),
            (".agent/RULES.md", "Keep it short.")
        );

        var loop = await StartAsync(
            Spec($"[ {Write("41")}, {Write("42")} ]", $"skills: {Files.At("mine")}", workspace: $"{{ path: {repository} }}")
        );
        var state = await RestAsync(loop);

        (state.Status, state.Attempt).ShouldBe((LoopStatus.Verified, 2), state.StopReason);
        state.Imported.Skills!.Shelves.Select(s => (s.Source, s.Skills)).ShouldBe([(SkillSource.Spec, 2), (SkillSource.Repository, 1)]);
        state.Imported.Skills.Skipped.ShouldHaveSingleItem().ShouldStartWith(".agent/skills/broken/SKILL.md does not begin");
        state.Imported.RuleFiles!.Select(r => r.Path).ShouldBe([".agent/RULES.md", "AGENTS.md"]);
        var chosen = (await EntriesAsync(loop)).SelectMany(e => e.Events).OfType<SkillsChosen>().ToList();
        chosen.Select(c => c.Attempt).ShouldBe([1, 2]);
        chosen.ShouldAllBe(c => c.Chosen.Select(s => s.Name).Order().SequenceEqual(new[] { "answers", "number-files" }));
        chosen[0].Chosen.ShouldAllBe(s => s.Shown && s.Score > 0 && s.Body!.Hash.Length == 64);
    }

    [SkippableFact]
    public async Task Skills_FolderGoneAndLoopTakenUpElsewhere_AreStillReadFromTheBlobs()
    {
        Guide("mine/answers", "answers", "How to put a number into answer.txt.", new string('z', 3000));
        Guide("mine/weather", "weather", "Tells the weather.", "Look out of the window.");
        Shell.ExpectHold();
        var read =
            """{ tools: [ { name: read_skill, arguments: { name: weather } }, { name: read_skill, arguments: { name: window } } ] }""";
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {read}, {Write("42")} ]", $"skills: {{ from: [ {Files.At("mine")} ] }}"));
        await Shell.Held.WaitAsync(Patient);

        await ReopenAsync(between: () =>
        {
            Directory.Delete(Files.At("mine"), recursive: true);
            Shell.Release();
        });
        await Host.ResumeAsync(loop, Patient);
        var state = await RestAsync(loop);

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        var results = (await EntriesAsync(loop))
            .SelectMany(e => e.Events)
            .OfType<ToolCompleted>()
            .Where(t => t.Tool == "read_skill")
            .ToList();
        results
            .Select(r => (r.Outcome, r.Output.Text))
            .ShouldBe([
                (ToolOutcome.Ok, "Look out of the window."),
                (ToolOutcome.Error, "error: there is no skill of that name. Nearest: weather (Tells the weather.)"),
            ]);
    }

    [SkippableFact]
    public async Task Skills_NoneInTheSpec_AreNotLookedFor()
    {
        var repository = Files.Repository("repo", (".agents/skills/put/SKILL.md", Text("put", "Put 42 into answer.txt.", "As text.")));

        var state = await RunAsync(Spec($"[ {Write("42")} ]", "skills: none", workspace: $"{{ path: {repository} }}"));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        state.Imported.Skills.ShouldBeNull();
        state.Skills.ShouldBeNull();
    }

    private void Guide(string folder, string name, string description, string body) =>
        Files.Write(Path.Combine(folder, "SKILL.md"), Text(name, description, body));

    private static string Text(string name, string description, string body) =>
        $"---\nname: {name}\ndescription: {description}\nallowed-tools: shell\n---\n{body}\n";
}
