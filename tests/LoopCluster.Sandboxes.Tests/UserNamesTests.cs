using LoopCluster.Sandboxes.Machine;

namespace LoopCluster.Sandboxes.Tests;

public sealed class UserNamesTests
{
    private const string Users = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    private const string Groups = "root:x:0:\nusers:x:100:root\n";

    [Fact]
    public void Create_UserNoImageKnows_IsCalledSandboxAndComesFirst()
    {
        var names = UserNames.Create(Users, Groups, 12345, 12346);

        names.Users.ShouldBe("sandbox:x:12345:12346:sandbox:/tmp:/bin/sh\n" + Users);
        names.Groups.ShouldBe("sandbox:x:12346:\n" + Groups);
    }

    [Fact]
    public void Create_UserTheImageKnows_KeepsItsNameAndGetsAHomeThatExists()
    {
        var names = UserNames.Create(
            Users + "builder:x:1000:1000::/home/builder:/bin/bash\n",
            Groups + "staff:x:1000:builder\n",
            1000,
            1000
        );

        names.Users.ShouldBe("builder:x:1000:1000:builder:/tmp:/bin/sh\n" + Users);
        names.Groups.ShouldBe("staff:x:1000:\n" + Groups);
    }

    [Fact]
    public void Create_NameTakenByAnotherId_IsToldApart()
    {
        var names = UserNames.Create("sandbox:x:7:7::/:/bin/sh\n", "sandbox:x:7:\n", 12345, 12345);

        names.Users.ShouldBe("sandbox-12345:x:12345:12345:sandbox-12345:/tmp:/bin/sh\nsandbox:x:7:7::/:/bin/sh\n");
        names.Groups.ShouldBe("sandbox-12345:x:12345:\nsandbox:x:7:\n");
    }

    [Fact]
    public void Create_ImageWithoutFilesOrWithOthersLines_KeepsWhatIsOne()
    {
        UserNames.Create("", "", 1, 2).ShouldBe(new UserNames("sandbox:x:1:2:sandbox:/tmp:/bin/sh\n", "sandbox:x:2:\n"));
        UserNames
            .Create("+::::::\nbad:x:-1:0:::\na:b\n\n", "x:y\n", 1, 2)
            .ShouldBe(new UserNames("sandbox:x:1:2:sandbox:/tmp:/bin/sh\n", "sandbox:x:2:\n"));
    }
}
