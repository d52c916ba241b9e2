using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace LoopCluster.Bench.Cluster.Chaos.Workload;

/// <summary>
/// Git's name (SHA-1) for a tree of plain text files: computed here from what is expected, so that the product's word is not taken for it.
/// </summary>
internal static class GitTree
{
    /// <param name="files">Relative path to content.</param>
    public static string NameOf(IReadOnlyDictionary<string, string> files) => Convert.ToHexStringLower(Tree(files));

    private static byte[] Tree(IEnumerable<KeyValuePair<string, string>> files)
    {
        // Git sorts a directory as if its name ended with a slash.
        var entries = new SortedDictionary<string, (string Mode, string Name, byte[] Id)>(StringComparer.Ordinal);
        foreach (var group in files.GroupBy(file => file.Key.Split('/')[0], StringComparer.Ordinal))
        {
            var inside = group
                .Where(file => file.Key.Length > group.Key.Length)
                .Select(file => KeyValuePair.Create(file.Key[(group.Key.Length + 1)..], file.Value))
                .ToArray();
            if (inside.Length > 0)
            {
                entries[group.Key + "/"] = ("40000", group.Key, Tree(inside));
            }
            else
            {
                entries[group.Key] = ("100644", group.Key, Hash("blob", Encoding.UTF8.GetBytes(group.Single().Value)));
            }
        }

        var content = new ArrayBufferWriter<byte>();
        foreach (var (mode, name, id) in entries.Values)
        {
            content.Write(Encoding.UTF8.GetBytes($"{mode} {name}\0"));
            content.Write(id);
        }

        return Hash("tree", content.WrittenSpan);
    }

    private static byte[] Hash(string type, ReadOnlySpan<byte> content)
    {
        byte[] whole = [.. Encoding.ASCII.GetBytes(FormattableString.Invariant($"{type} {content.Length}\0")), .. content];
#pragma warning disable CA5350 // Git's object names are SHA-1.
        return SHA1.HashData(whole);
#pragma warning restore CA5350
    }
}
