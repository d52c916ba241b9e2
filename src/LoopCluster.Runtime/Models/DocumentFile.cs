using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>Bytes of a document a person named by path.</summary>
internal static class DocumentFile
{
    /// <param name="kind">What the file is, for the message.</param>
    /// <exception cref="BadInputException">It cannot be read, or is larger than a document may be.</exception>
    public static byte[] Read(string path, string code, string kind)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            // One byte over the limit is enough to know; a device that never ends is not read on.
            var buffer = new byte[Math.Min(file.CanSeek && file.Length > 0 ? file.Length : YamlJson.SizeLimit, YamlJson.SizeLimit) + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return length <= YamlJson.SizeLimit
                ? buffer[..length]
                : throw new BadInputException(code, "", $"The {kind} {path} has more than {YamlJson.SizeLimit / 1024 / 1024} MiB.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadInputException(code, "", $"The {kind} {path} cannot be read: {fault.Message}");
        }
    }
}
