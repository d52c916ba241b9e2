using System.Globalization;
using System.Text;

namespace LoopCluster.Sandboxes.Machine;

/// <summary>An image's users and groups with the one that commands run as.</summary>
/// <param name="Users">Text of <c>/etc/passwd</c>.</param>
/// <param name="Groups">Text of <c>/etc/group</c>.</param>
internal sealed record UserNames(string Users, string Groups)
{
    /// <summary>Changes with what <see cref="Create"/> makes of the same input.</summary>
    public const int Version = 1;

    // What the environment says, too: it exists in every container and can be written.
    private const string Home = "/tmp";

    private const string Name = "sandbox";

    /// <summary>
    /// Our line comes first, since the first one that fits an id or a name is taken. The name is the image's for that id, else
    /// <c>sandbox</c>, else, where another id has that name, <c>sandbox-ID</c>.
    /// </summary>
    public static UserNames Create(string users, string groups, uint user, uint group)
    {
        var (knownUsers, knownGroups) = (Lines(users, fields: 7), Lines(groups, fields: 4));
        var (userName, groupName) = (Choose(knownUsers, user), Choose(knownGroups, group));
        return new UserNames(
            Join(
                string.Create(CultureInfo.InvariantCulture, $"{userName}:x:{user}:{group}:{userName}:{Home}:/bin/sh"),
                knownUsers.Where(l => l[0] != userName && !Has(l, user))
            ),
            Join(
                string.Create(CultureInfo.InvariantCulture, $"{groupName}:x:{group}:"),
                knownGroups.Where(l => l[0] != groupName && !Has(l, group))
            )
        );
    }

    private static List<string[]> Lines(string text, int fields) =>
        [
            .. text.Split('\n')
                .Select(line => line.Split(':'))
                .Where(l =>
                    l.Length == fields && l[0].Length > 0 && uint.TryParse(l[2], NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ),
        ];

    private static bool Has(string[] line, uint id) => uint.Parse(line[2], CultureInfo.InvariantCulture) == id;

    private static string Choose(List<string[]> known, uint id) =>
        known.Find(l => Has(l, id)) is { } line ? line[0]
        : known.Exists(l => l[0] == Name) ? string.Create(CultureInfo.InvariantCulture, $"{Name}-{id}")
        : Name;

    private static string Join(string first, IEnumerable<string[]> rest)
    {
        var text = new StringBuilder(first).Append('\n');
        foreach (var line in rest)
        {
            text.AppendJoin(':', line).Append('\n');
        }

        return text.ToString();
    }
}
