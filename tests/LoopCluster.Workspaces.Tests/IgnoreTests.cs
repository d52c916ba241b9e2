using System.Text;
using LoopCluster.Workspaces.Git;
using LoopCluster.Workspaces.Ignore;

namespace LoopCluster.Workspaces.Tests;

public sealed class IgnoreTests : WorkspaceTest
{
    private static readonly string[] Names =
    [
        "a",
        "b",
        "ab",
        "abc",
        "foo",
        "bar",
        "a.o",
        "b.c",
        ".x",
        "A",
        "a b",
        "b ",
        "#c",
        "!d",
        "[e]",
        "f\\g",
        "caf\u00e9",
        "-h",
        "a1",
    ];

    private static readonly string[] Pieces =
    [
        "a",
        "b",
        "c",
        "foo",
        "bar",
        "*",
        "*",
        "**",
        "?",
        "/",
        "/",
        "/",
        "[ab]",
        "[!a]",
        "[^b]",
        "[a-c]",
        "[[:alpha:]]",
        "[[:digit:]]",
        "[]a]",
        "[a",
        ".o",
        ".",
        " ",
        "\\ ",
        "\\*",
        "\\",
        "#",
        "!",
        "é",
        "***",
        "[a-]",
        "[[:bad:]]",
        "[\\]e]",
    ];

    /// <summary>Real git is the oracle: thousands of random patterns in nested files against a tree of awkward names.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ignores_RandomPatterns_AgreesWithGit(int seed)
    {
        var random = new Random(seed);
        var tree = Bench.NewFolder("tree");
        WorkspaceBench.Run(tree, "git", "init", "-q");
        var paths = MakeTree(tree, random);
        for (var round = 0; round < 40; round++)
        {
            var rules = new Dictionary<string, byte[]>();
            foreach (var folder in paths.Where(p => p.IsFolder && random.Next(4) == 0).Select(p => p.Path).Append(""))
            {
                var text = string.Concat(
                    Enumerable.Range(0, random.Next(1, 7)).Select(_ => Pattern(random) + (random.Next(8) == 0 ? "\r\n" : "\n"))
                );
                rules[folder] = Encoding.UTF8.GetBytes(random.Next(5) == 0 ? text.TrimEnd('\n') : text);
                File.WriteAllBytes(Path.Combine(tree, folder, ".gitignore"), rules[folder]);
            }

            var expected = Oracle(tree, paths);
            var actual = paths
                .Where(p => Ignored(p.Path, p.IsFolder, paths, rules))
                .Select(p => p.Path)
                .Order(StringComparer.Ordinal)
                .ToList();
            actual.ShouldBe(
                expected,
                $"seed {seed} round {round}\n"
                    + string.Join(
                        '\n',
                        rules.Select(r =>
                            $"{r.Key}/.gitignore: {Encoding.UTF8.GetString(r.Value).Replace("\n", "\\n", StringComparison.Ordinal)}"
                        )
                    )
            );
            foreach (var folder in rules.Keys)
            {
                File.Delete(Path.Combine(tree, folder, ".gitignore"));
            }
        }
    }

    [Fact]
    public async Task CommitAsync_IgnoredFiles_AreScratchUnlessTracked()
    {
        var (start, workspace) = await Bench.StartAsync(
            (".gitignore", "*.log\nbuild/\n!keep.log\n"),
            ("tracked.log", "1"),
            ("build/tracked", "2")
        );
        WorkspaceBench.Shell(
            workspace.Directory,
            "echo 2 > tracked.log; echo x > new.log; echo y > keep.log; echo z > build/out; echo 3 > build/tracked; mkdir -p sub/build/deep; touch sub/build/deep/f; for i in $(seq 60); do touch many$i.log; done"
        );

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Changed.ShouldBe(["build/tracked", "keep.log", "tracked.log"]);
        workspace.Scratch.Count.ShouldBe(50);
        workspace.Scratch[0].ShouldBe("build/out");
        await workspace.ResetAsync(start.Commit, default);
        workspace.Scratch.ShouldBeEmpty();
        Directory.Exists(Path.Combine(workspace.Directory, "sub")).ShouldBeFalse();
    }

    [Fact]
    public async Task CommitAsync_HostileIgnoreFiles_AreBoundedAndTold()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "1"));
        WorkspaceBench.Shell(
            workspace.Directory,
            "mkdir long links; seq 100000 > long/.gitignore; ln -s /etc/passwd links/.gitignore; for i in $(seq 900); do echo 'x*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b' | tr x $(printf 'a'); done > .gitignore; for i in $(seq 300); do touch aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa$i; done"
        );

        var committed = (await Bench.CommitAsync(workspace)).ShouldNotBeNull();

        committed.Refused.ShouldContain("long/.gitignore: not honoured, it is too long or cannot be read");
        committed.Files.ShouldBe(303);
    }

    private static List<(string Path, bool IsFolder)> MakeTree(string tree, Random random)
    {
        var paths = new List<(string Path, bool IsFolder)>();
        var folders = new List<string> { "" };
        for (var i = 0; i < 60; i++)
        {
            var parent = folders[random.Next(folders.Count)];
            var path = parent.Length == 0 ? Names[random.Next(Names.Length)] : $"{parent}/{Names[random.Next(Names.Length)]}";
            if (paths.Any(p => p.Path == path))
            {
                continue;
            }

            var isFolder = random.Next(3) == 0 && path.Count(c => c == '/') < 4;
            if (isFolder)
            {
                Directory.CreateDirectory(Path.Combine(tree, path));
                folders.Add(path);
            }
            else
            {
                File.WriteAllText(Path.Combine(tree, path), "x");
            }

            paths.Add((path, isFolder));
        }

        return paths;
    }

    private static string Pattern(Random random) =>
        (random.Next(6) == 0 ? "!" : "")
        + string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pieces[random.Next(Pieces.Length)]))
        + (random.Next(6) == 0 ? "/" : "");

    private static bool Ignored(string path, bool isFolder, List<(string Path, bool IsFolder)> paths, Dictionary<string, byte[]> rules)
    {
        var raw = RawPath.FromText(path);
        for (var above = raw.Parent; !above.IsRoot; above = above.Parent)
        {
            if (Decide(above, isFolder: true))
            {
                return true;
            }
        }

        return Decide(raw, isFolder);

        bool Decide(RawPath at, bool isFolder)
        {
            var ignore = IgnoreRules.None(new IgnoreBudget());
            foreach (var folder in rules.Keys.Order(StringComparer.Ordinal))
            {
                var rawFolder = RawPath.FromText(folder);
                ignore = at.IsBelow(rawFolder) ? ignore.With(rawFolder, rules[folder])! : ignore;
            }

            return ignore.Ignores(at, at.Name, isFolder);
        }
    }

    private List<string> Oracle(string tree, List<(string Path, bool IsFolder)> paths)
    {
        var list = Path.Combine(Bench.Root, "list");
        File.WriteAllText(list, string.Concat(paths.Select(p => p.Path + "\0")));
        var output = WorkspaceBench.Shell(tree, $"git -c core.quotePath=false check-ignore -z --stdin --no-index < '{list}' || [ $? = 1 ]");
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }
}
