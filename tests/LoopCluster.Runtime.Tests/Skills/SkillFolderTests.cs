using System.Diagnostics;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Skills;

namespace LoopCluster.Runtime.Tests.Skills;

public sealed class SkillFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("skills-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_Folder_HasItsSkillsAndTheFaultsOfTheOthers()
    {
        Put("pdf", "pdf");
        Put("web/css", "css");
        Put("odd", "other");
        Put("a/b/c/d/deep", "deep");

        var found = SkillFolder.Read(_root, default);

        found.Skills.Select(s => (s.Name, s.Place)).ShouldBe([("pdf", "pdf/SKILL.md"), ("css", "web/css/SKILL.md")]);
        found.Faults.ShouldHaveSingleItem().Place.ShouldBe("odd/SKILL.md");
    }

    [Fact]
    public void Read_NoFolder_IsEmpty() => SkillFolder.Read(Path.Combine(_root, "none"), default).Skills.ShouldBeEmpty();

    [Fact]
    public void Read_LinksBelowTheFolder_AreNotFollowed()
    {
        var outside = Directory.CreateTempSubdirectory("outside-").FullName;
        try
        {
            Put("pdf", "pdf");
            File.WriteAllText(Path.Combine(outside, "SKILL.md"), Text("secret"));
            Directory.CreateSymbolicLink(Path.Combine(_root, "secret"), outside);
            Directory.CreateDirectory(Path.Combine(_root, "hidden"));
            File.CreateSymbolicLink(Path.Combine(_root, "hidden", "SKILL.md"), Path.Combine(outside, "SKILL.md"));

            SkillFolder.Read(_root, default).Skills.Select(s => s.Name).ShouldBe(["pdf"]);
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public void Read_FolderThatIsALink_IsRead()
    {
        Put("pdf", "pdf");
        var link = _root + "-link";
        Directory.CreateSymbolicLink(link, _root);
        try
        {
            SkillFolder.Read(link, default).Skills.ShouldHaveSingleItem();
        }
        finally
        {
            File.Delete(link);
        }
    }

    [Fact]
    public void Read_PipeOrHugeFileInItsPlace_IsRefusedWithoutWaiting()
    {
        Directory.CreateDirectory(Path.Combine(_root, "pipe"));
        using (var made = Process.Start("mkfifo", Path.Combine(_root, "pipe", "SKILL.md")))
        {
            made.WaitForExit();
        }

        Directory.CreateDirectory(Path.Combine(_root, "huge"));
        using (var huge = File.Create(Path.Combine(_root, "huge", "SKILL.md")))
        {
            huge.SetLength(8L << 30);
        }

        var found = SkillFolder.Read(_root, default);

        found.Skills.ShouldBeEmpty();
        found.Faults.ShouldContain(f => f.Place == "huge/SKILL.md");
    }

    [Fact]
    public void Stamp_SkillAddedOrWritten_IsAnother()
    {
        Put("pdf", "pdf");
        var before = SkillFolder.StampOf(_root);

        SkillFolder.StampOf(_root).ShouldBe(before);
        Put("css", "css");
        SkillFolder.StampOf(_root).ShouldNotBe(before);
    }

    private void Put(string folder, string name)
    {
        var path = Path.Combine(_root, folder);
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, SkillNames.File), Text(name));
    }

    private static string Text(string name) => $"---\nname: {name}\ndescription: about {name}\n---\nDo it.\n";
}
