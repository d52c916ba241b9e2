using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tests.Workspaces;

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
        WorkspaceBench.Shell(workspace.Directory, "stat -c '%u' . > ../u; stat -c '%u' run.sh a a/b/c.txt | sort -u | diff - ../u").ShouldBe("");
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
        WorkspaceBench.Shell(workspace.Directory, "ln -s /etc out; ln -s /etc/passwd file-link; mkfifo pipe; echo x > h; ln h hard; mkdir dir");

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
}
