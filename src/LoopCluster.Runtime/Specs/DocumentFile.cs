using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Specs;

/// <summary>Reads documents that a person wrote into a file. Every fault names file and line.</summary>
internal static class DocumentFile
{
    /// <summary>The bytes of a file.</summary>
    /// <exception cref="BadInputException">It cannot be read, or is larger than a document may be.</exception>
    public static byte[] ReadBytes(string path, DocumentKind kind)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            // One byte over the limit is enough to know; a pipe or device that never ends is not read on.
            var buffer = new byte[Math.Min(file.CanSeek && file.Length > 0 ? file.Length : YamlJson.SizeLimit, YamlJson.SizeLimit) + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length <= YamlJson.SizeLimit
                ? buffer[..length]
                : throw new BadInputException(
                    kind.Invalid,
                    "",
                    $"{NameOf(path)} has more than {YamlJson.SizeLimit / 1024 / 1024} MiB, which no {kind.Name} may. Put large content into files of its own."
                );
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            var why =
                fault is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : Directory.Exists(path) ? "it is a directory"
                : fault is UnauthorizedAccessException ? "access is denied"
                : fault.Message;
            throw new BadInputException(kind.Unreadable, "", $"the {kind.Name} {path} cannot be read: {why}");
        }
    }

    /// <summary>The document in a file.</summary>
    /// <inheritdoc cref="Parse{T}"/>
    public static T Read<T>(string path, DocumentKind kind, Func<JsonElement, T> read) =>
        Parse(ReadBytes(path, kind), NameOf(path), kind, read);

    /// <param name="name">The file's, for messages.</param>
    /// <param name="read">Makes of the document what it means.</param>
    /// <exception cref="BadInputException">Every fault, with file and line where there is one.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, string name, DocumentKind kind, Func<JsonElement, T> read)
    {
        JsonElement document;
        try
        {
            document = YamlJson.Parse(utf8, kind.Invalid);
        }
        catch (BadInputException invalid)
        {
            throw new BadInputException(invalid.Code, [.. invalid.Faults.Select(f => f with { Message = $"{name}, {f.Message}" })]);
        }

        if (document.ValueKind == JsonValueKind.Null)
        {
            throw new BadInputException(kind.Invalid, "", $"{name} is empty: {kind.Needs}");
        }

        try
        {
            return read(document);
        }
        catch (BadInputException invalid)
        {
            var positions = YamlPositions.Of(Encoding.UTF8.GetString(utf8).TrimStart('\uFEFF'));
            throw new BadInputException(invalid.Code, [.. invalid.Faults.Select(f => f with { Message = Place(f, name, positions) })]);
        }
    }

    private static string Place(InputFault fault, string name, YamlPositions positions) =>
        positions.Find(fault.Path) is { } line ? $"{fault.Message} ({name}, line {line})" : $"{fault.Message} ({name})";

    /// <summary>As short as a person would write it here.</summary>
    private static string NameOf(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
