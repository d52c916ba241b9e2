using System.Text;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Skills;

namespace LoopCluster.Runtime.Tests.Skills;

public class SkillFileTests
{
    private const string Good = "---\nname: pdf\ndescription: Fills forms.\n---\n\nDo it.\n";

    [Theory]
    [InlineData(Good)]
    [InlineData("---\r\nname: pdf\r\ndescription: Fills forms.\r\n---\r\nDo it.\r\n")]
    [InlineData("\ufeff---\nname: pdf\ndescription: |\n  Fills\n  forms.\n---\nDo it.")]
    [InlineData(
        "--- \nname: \"pdf\"\ndescription: >-\n  Fills forms.\nlicense: MIT\ncompatibility: any\nmetadata: { a: b }\nallowed-tools: Bash(git:*) Read\nversion: 3\n---  \nDo it.\n"
    )]
    public void Read_SkillOfTheField_IsTaken(string text)
    {
        var skill = Read(text, out var fault);

        fault.ShouldBeEmpty();
        skill.ShouldBe(new Skill("pdf", "Fills forms.", "Do it.", "x/pdf/SKILL.md"));
    }

    [Fact]
    public void Read_BodyWithFences_IsKeptWhole() =>
        Read("---\nname: pdf\ndescription: d\n---\na\n---\nb\n", out _)!.Body.ShouldBe("a\n---\nb");

    [Theory]
    [InlineData("", "does not begin with front matter")]
    [InlineData("# PDF\nDo it.", "does not begin with front matter")]
    [InlineData("---\nname: pdf\ndescription: d\n", "no line ---")]
    [InlineData("---\n---\nDo it.", "without keys")]
    [InlineData("---\n- name\n---\nDo it.", "without keys")]
    [InlineData("---\nname: pdf\n---\nDo it.", "no 'description'")]
    [InlineData("---\nname: pdf\ndescription: \"  \"\n---\nDo it.", "no 'description'")]
    [InlineData("---\ndescription: d\n---\nDo it.", "no 'name'")]
    [InlineData("---\nname: [pdf]\ndescription: d\n---\nDo it.", "no 'name'")]
    [InlineData("---\nname: PDF\ndescription: d\n---\nDo it.", "a name that is none")]
    [InlineData("---\nname: ../../etc/passwd\ndescription: d\n---\nDo it.", "a name that is none")]
    [InlineData("---\nname: other\ndescription: d\n---\nDo it.", "lies in the folder 'pdf'")]
    [InlineData("---\nname: pdf\nname: pdf\ndescription: d\n---\nDo it.", "twice")]
    [InlineData("---\nname: pdf\ndescription: Use when: always\n---\nDo it.", "line 3")]
    [InlineData("---\nname: pdf\ndescription: !!python/object/apply:os.system [id]\n---\nDo it.", "line 3")]
    [InlineData("---\nname: &a [*a]\ndescription: d\n---\nDo it.", "front matter cannot be read")]
    [InlineData("---\nname: pdf\ndescription: d\n---\n \n", "no body")]
    [InlineData("---\nname: pdf\ndescription: d\n---\n\u001b[2Jgone", "control character")]
    public void Read_WhatIsNone_SaysWhatIsWrong(string text, string expected)
    {
        Read(text, out var fault).ShouldBeNull();
        fault.ShouldContain(expected);
    }

    [Fact]
    public void Read_TooLongOrNoText_SaysSo()
    {
        SkillFile.Read(new byte[SkillFile.MostBytes + 1], "pdf", "p", out var tooLong).ShouldBeNull();
        tooLong.ShouldContain("more than 256 KiB");
        SkillFile.Read([0x2d, 0xff, 0xfe], "pdf", "p", out var binary).ShouldBeNull();
        binary.ShouldContain("not UTF-8");
        Read($"---\nname: pdf\ndescription: {new string('d', 1025)}\n---\nx", out var description).ShouldBeNull();
        description.ShouldContain("1025 characters");
        Read($"---\nname: pdf\ndescription: d\n{new string('#', 40_000)}\n---\nx", out var front).ShouldBeNull();
        front.ShouldContain("32 KiB");
        Read(
                "---\na: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n---\nx",
                out var bomb
            )
            .ShouldBeNull();
        bomb.ShouldContain("too large");
    }

    /// <summary>Whatever the bytes are: a skill that can be kept and read again, or a fault in words.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_AnyBytes_IsASkillOrAFault(int seed)
    {
        var random = new Random(seed);
        string[] pieces =
        [
            "---",
            "\n",
            "\r\n",
            "name: pdf",
            "description: d",
            ": ",
            "- ",
            "&a ",
            "*a",
            "!!str ",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "|",
            ">",
            "\t",
            "\0",
            "\u001b",
            "\ud83d\ude00",
            "%YAML 1.2",
            "...",
            "#",
            "? ",
            "<<: *a",
            "0x1f",
            ".nan",
            "\u2028",
            "x",
        ];
        for (var i = 0; i < 3000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(
                random.Next(3) == 0
                    ? Good
                    : string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => pieces[random.Next(pieces.Length)]))
            );
            for (var flips = random.Next(4); flips > 0 && bytes.Length > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (SkillFile.Read(bytes, "pdf", "p", out var fault) is { } skill)
            {
                SkillNames.IsName(skill.Name).ShouldBeTrue();
                skill.Description.ShouldNotContain("\n");
                var library = new SkillLibrary(SkillSource.Server, [skill]);
                SkillLibrary.Read(SkillSource.Server, library.ToBytes()).Skills.ShouldBe([skill]);
            }
            else
            {
                fault.ShouldNotBeEmpty();
            }
        }
    }

    private static Skill? Read(string text, out string fault) =>
        SkillFile.Read(Encoding.UTF8.GetBytes(text), "pdf", "x/pdf/SKILL.md", out fault);
}
