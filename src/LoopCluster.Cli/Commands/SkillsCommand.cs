using System.CommandLine;
using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Skills;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop skills search QUERY</c> and <c>loop skills check [DIR]</c>: folders of skills on this machine, found and ranked as a loop does.
/// </summary>
internal static class SkillsCommand
{
    public static Command Create(CommonOptions options) =>
        new("skills", "Guides that loops are shown where they fit") { Search(options), Check(options) };

    private static Command Search(CommonOptions options)
    {
        var query = new Argument<string>("QUERY") { Description = "A goal or an error, in words" };
        var folders = new Option<string[]>("--dir")
        {
            Description = "A folder of skills. Default: those of this repository and of the data directory",
            AllowMultipleArgumentsPerToken = true,
        };
        var most = new Option<int>("--top") { Description = "How many are shown", DefaultValueFactory = _ => 10 };
        return new Command("search", "Rank skills by a text, as a loop does with its goal") { query, folders, most }.Does(
            options,
            context =>
            {
                var top = context.Get(most) is > 0 and <= 1000
                    ? context.Get(most)
                    : throw new BadInputException("usage", "--top", "is a number from 1 to 1000");
                var read = Read(context, context.Get(folders) ?? []);
                var libraries = read.Select(r => new SkillLibrary(r.Source, r.Found.Skills)).ToList();
                var hits = SkillSearch.Find(libraries, SkillQuery.Of(context.Get(query)), top);
                if (context.Io.Json)
                {
                    WriteHits(context, libraries, hits);
                }
                else
                {
                    Say(context, libraries, hits);
                }

                return ExitCodes.Verified;
            }
        );
    }

    private static Command Check(CommonOptions options)
    {
        var folder = new Argument<string?>("DIR")
        {
            Description = "A folder of skills. Default: those of this repository and of the data directory",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return new Command("check", "Say which files are skills, and what is wrong with the others") { folder }.Does(options, context =>
        {
            var read = Read(context, context.Find(folder) is { } one ? [one] : []);
            var faults = read.SelectMany(r => r.Found.Faults.Select(f => (r.Folder, Fault: f))).ToList();
            var count = read.Sum(r => r.Found.Skills.Count);
            if (context.Io.Json)
            {
                context.Io.WriteJson(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteBoolean("ok", faults.Count == 0);
                    writer.WriteNumber("skills", count);
                    writer.WriteStartArray("faults");
                    foreach (var (where, fault) in faults)
                    {
                        writer.WriteStartObject();
                        writer.WriteString("file", Path.Combine(where, fault.Place));
                        writer.WriteString("message", fault.Message);
                        writer.WriteEndObject();
                    }

                    writer.WriteEndArray();
                    writer.WriteEndObject();
                });
            }
            else
            {
                foreach (var (where, fault) in faults)
                {
                    context.Io.Say(TerminalText.Clean($"{Path.Combine(where, fault.Place)} {fault.Message}"));
                }

                context.Io.Say(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{count} skills{(faults.Count == 0 ? "" : $", {faults.Count} files that are none")}"
                    )
                );
            }

            return faults.Count == 0 ? ExitCodes.Verified : ExitCodes.BadInput;
        });
    }

    private static List<(SkillSource Source, string Folder, FoundSkills Found)> Read(CommandContext context, IReadOnlyList<string> named)
    {
        var folders =
            named.Count > 0
                ? named.Select(d => (SkillSource.Spec, Path.GetFullPath(d)))
                :
                [
                    .. SkillNames.Folders.Select(f => (SkillSource.Repository, Path.GetFullPath(f))),
                    (SkillSource.Server, context.Data.Skills),
                ];
        var read = new List<(SkillSource, string, FoundSkills)>();
        foreach (var (source, folder) in folders)
        {
            if (Directory.Exists(folder))
            {
                read.Add((source, folder, SkillFolder.Read(folder, context.Interrupts.Token)));
            }
            else if (named.Count > 0)
            {
                throw new BadInputException("skill-invalid", folder, "is no folder on this machine");
            }
        }

        return read;
    }

    private static void WriteHits(CommandContext context, List<SkillLibrary> libraries, IReadOnlyList<SkillHit> hits) =>
        context.Io.WriteJson(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("skills", libraries.Sum(l => l.Skills.Count));
            writer.WriteStartArray("found");
            foreach (var hit in hits)
            {
                writer.WriteStartObject();
                writer.WriteString("name", hit.Skill.Name);
                writer.WriteNumber("score", hit.Score);
                writer.WriteString("source", Names.Of(hit.Source));
                writer.WriteString("place", hit.Skill.Place);
                writer.WriteString("description", hit.Skill.Description);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    private static void Say(CommandContext context, List<SkillLibrary> libraries, IReadOnlyList<SkillHit> hits)
    {
        foreach (var hit in hits)
        {
            context.Io.Say(
                TerminalText.Clean(
                    string.Create(CultureInfo.InvariantCulture, $"{hit.Score, 8:0.0000}  {hit.Skill.Name}: {hit.Skill.Description}")
                )
            );
        }

        if (hits.Count == 0)
        {
            var count = libraries.Sum(l => l.Skills.Count);
            context.Io.Say(
                count == 0
                    ? $"no skills here: a folder with a SKILL.md each, in {string.Join(", ", SkillNames.Folders)} or {context.Data.Skills}, or --dir DIR"
                    : string.Create(CultureInfo.InvariantCulture, $"none of {count} skills has a word of it")
            );
        }
    }
}
