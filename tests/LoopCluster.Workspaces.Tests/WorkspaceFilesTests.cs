using LoopCluster.Runtime.Ports;

namespace LoopCluster.Workspaces.Tests;

public sealed class WorkspaceFilesTests : WorkspaceTest
{
    [Fact]
    public async Task Write_NewAndExisting_MakesParentsAndKeepsTheExecutableBit()
    {
        var (_, workspace) = await Bench.StartAsync(("run.sh", "#!/bin/sh\n"));

        workspace.Files.Write("a/b/c.txt", "x"u8);
        workspace.Files.Write("/workspace/run.sh", "#!/bin/bash\n"u8);
        workspace.Files.Write("./a//b/d.txt", "y"u8);

        workspace.Files.Read("a/b/c.txt", 1).ShouldBe("x"u8.ToArray());
        workspace.Files.List("", true, 10).ShouldBe(["a/b/c.txt", "a/b/d.txt", "run.sh"]);
        workspace.Files.List("a", false, 10).ShouldBe(["a/b/"]);
        WorkspaceBench.Shell(workspace.Directory, "stat -c '%a' run.sh a a/b/c.txt").ShouldBe("755\n755\n644\n");
        WorkspaceBench
            .Shell(workspace.Directory, "stat -c '%u' . > ../u; stat -c '%u' run.sh a a/b/c.txt | sort -u | diff - ../u")
            .ShouldBe("");
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData(".git/config")]
    [InlineData("a/.GIT/x")]
    [InlineData("git~1/x")]
    [InlineData(".git /x")]
    [InlineData("a\0b")]
    [InlineData("out/passwd")]
    [InlineData("file-link")]
    [InlineData("pipe")]
    [InlineData("hard")]
    [InlineData("dir")]
    [InlineData("a.txt/below")]
    [InlineData("")]
    public async Task ReadAndWrite_PathThatLeadsElsewhere_Refuses(string path)
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "one\n"));
        WorkspaceBench.Shell(
            workspace.Directory,
            "ln -s /etc out; ln -s /etc/passwd file-link; mkfifo pipe; echo x > h; ln h hard; mkdir dir"
        );

        Should.Throw<WorkspaceFileException>(() => workspace.Files.Read(path, 1000)).Message.ShouldNotBeEmpty();
        Should.Throw<WorkspaceFileException>(() => workspace.Files.Write(path, "evil"u8)).Message.ShouldNotContain("error 0");
        WorkspaceBench.Shell(workspace.Directory, "ls -A | grep -c loopcluster || true").Trim().ShouldBe("0");
    }

    [Fact]
    public async Task Read_MissingOrTooLong_SaysWhatToDo()
    {
        var (_, workspace) = await Bench.StartAsync(("a.txt", "12345"));

        Should.Throw<WorkspaceFileException>(() => workspace.Files.Read("none.txt", 10)).Message.ShouldBe("none.txt does not exist.");
        Should.Throw<WorkspaceFileException>(() => workspace.Files.Read("a.txt", 4)).Message.ShouldContain("5 bytes");
        Should.Throw<WorkspaceFileException>(() => workspace.Files.List("none", true, 4)).Message.ShouldContain("does not exist");
        Should.Throw<WorkspaceFileException>(() => workspace.Files.List("a.txt", true, 4)).Message.ShouldContain("not a directory");
    }

    [Fact]
    public async Task List_LinksAndManyFiles_FollowsNoneAndStopsAtTheLimit()
    {
        var (_, workspace) = await Bench.StartAsync(("b/x", "1"), ("b.c", "2"), ("a", "3"));
        WorkspaceBench.Shell(workspace.Directory, "ln -s / root; ln -s . self; mkdir empty; mkfifo pipe");

        workspace.Files.List("", true, 100).ShouldBe(["a", "b.c", "b/x", "root", "self"]);
        workspace.Files.List(".", false, 100).ShouldBe(["a", "b.c", "b/", "empty/", "root", "self"]);
        workspace.Files.List("", true, 2).ShouldBe(["a", "b.c"]);
        Should.Throw<WorkspaceFileException>(() => workspace.Files.List("root", true, 10));
    }

    [Theory]
    [InlineData("README.md", "readme.md", "\"README.md\", whose name differs only in case")]
    [InlineData("cafe\u0301.txt", "caf\u00e9.txt", "\"cafe\\u0301.txt\", whose name differs only in its Unicode form")]
    [InlineData("caf\u00e9.txt", "cafe\u0301.txt", "\"caf\\u00E9.txt\", whose name differs only in its Unicode form")]
    [InlineData("\u1112\u1161\u11ab.txt", "\ud55c.txt", "\"\\u1112\\u1161\\u11AB.txt\", whose name differs only in its Unicode form")]
    [InlineData("\u304b\u3099.md", "\u304c.md", "\"\\u304B\\u3099.md\", whose name differs only in its Unicode form")]
    [InlineData("e\u0323\u0302", "\u1ec7", "differs only in its Unicode form")]
    [InlineData("CAFE\u0301.txt", "caf\u00e9.txt", "look alike")]
    [InlineData("it\u2019s\u00a0a.md", "it's a.md", "\"it\\u2019s\\u00A0a.md\", whose name differs only in characters that look alike")]
    [InlineData("Src/a.py", "src/a.py", "src does not exist. There is \"Src\"")]
    [InlineData("src/Deep/a.py", "src/deep/b/c.py", "src/deep does not exist. There is \"src/Deep\"")]
    public async Task Read_NameThatIsNearlyThere_NamesTheOneThatIs(string there, string asked, string told)
    {
        var (_, workspace) = await Bench.StartAsync((there, "x"));

        var fault = Should.Throw<WorkspaceFileException>(() => workspace.Files.Read(asked, 10)).Message;

        fault.ShouldContain("does not exist. There is ");
        fault.ShouldContain(told);
        fault.ShouldEndWith("give it exactly so.");
        fault.ShouldContain(workspace.Files.TwinOf(asked).ShouldNotBeNull());
    }

    [Theory]
    [InlineData("a.txt", "b.txt")]
    [InlineData("cafe.txt", "caf\u00e9.txt")]
    [InlineData("a.txt", "a.txt")]
    [InlineData("a.txt", "new/A.txt")]
    public async Task TwinOf_NothingNear_IsNull(string there, string asked)
    {
        var (_, workspace) = await Bench.StartAsync((there, "x"));

        workspace.Files.TwinOf(asked).ShouldBeNull();
    }

    [Fact]
    public async Task List_NearDirectory_IsNamed()
    {
        var (_, workspace) = await Bench.StartAsync(("Docs/a", "x"));

        Should
            .Throw<WorkspaceFileException>(() => workspace.Files.List("docs", true, 4))
            .Message.ShouldContain("There is \"Docs\", whose name differs only in case");
    }
}
