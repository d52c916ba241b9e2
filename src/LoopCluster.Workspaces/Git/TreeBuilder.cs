using System.Buffers;
using System.Text;

namespace LoopCluster.Workspaces.Git;

/// <summary>
/// Makes git's tree objects of sorted leaves. Order by full path bytes is also git's order within each tree, so one pass does it.
/// </summary>
internal static class TreeBuilder
{
    /// <param name="emit">Called for every tree, children before parents, with its id and content.</param>
    public static ObjectId Build(TreeListing listing, Action<ObjectId, ReadOnlyMemory<byte>> emit)
    {
        var open = new Stack<(RawPath Path, ArrayBufferWriter<byte> Content)>();
        open.Push((RawPath.Root, new ArrayBufferWriter<byte>()));
        foreach (var path in listing.Paths)
        {
            while (!path.IsBelow(open.Peek().Path))
            {
                Close(open, emit);
            }

            // Directories between the open one and this leaf.
            for (
                var from = open.Peek().Path.IsRoot ? 0 : open.Peek().Path.Bytes.Length + 1;
                path.Bytes.IndexOf('/', from) is var slash and >= 0;
                from = slash + 1
            )
            {
                open.Push((new RawPath(path.Bytes[..slash]), new ArrayBufferWriter<byte>()));
            }

            var entry = listing[path];
            Append(open.Peek().Content, entry.Mode, path.Name, entry.Id);
        }

        while (open.Count > 1)
        {
            Close(open, emit);
        }

        return Emit(open.Pop().Content, emit);
    }

    private static void Close(Stack<(RawPath Path, ArrayBufferWriter<byte> Content)> open, Action<ObjectId, ReadOnlyMemory<byte>> emit)
    {
        var (path, content) = open.Pop();
        Append(open.Peek().Content, TreeEntry.Folder, path.Name, Emit(content, emit));
    }

    private static ObjectId Emit(ArrayBufferWriter<byte> content, Action<ObjectId, ReadOnlyMemory<byte>> emit)
    {
        var id = ObjectId.Of("tree", content.WrittenSpan);
        emit(id, content.WrittenMemory);
        return id;
    }

    private static void Append(ArrayBufferWriter<byte> content, int mode, string name, ObjectId id)
    {
        // <octal mode> SP <name> NUL <20 bytes>
        var span = content.GetSpan(name.Length + 32);
        var length = Encoding.ASCII.GetBytes(Convert.ToString(mode, 8), span);
        span[length++] = (byte)' ';
        length += Encoding.Latin1.GetBytes(name, span[length..]);
        span[length++] = 0;
        id.WriteTo(span[length..]);
        content.Advance(length + ObjectId.Length);
    }
}
