using System.Text;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Linux;
using Microsoft.Win32.SafeHandles;

namespace LoopCluster.Runtime.Skills;

/// <summary>
/// A folder of skills on this machine's disk. The folder itself may be reached over links; below it none is followed, and only regular
/// files are read, without waiting for what may stand in their place.
/// </summary>
public static class SkillFolder
{
    private static readonly EnumerationOptions s_walk = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = SkillNames.MostLevels + 1,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
        MatchCasing = MatchCasing.CaseSensitive,
    };

    /// <summary>The skill files below it, sorted, relative; none where there is no such folder.</summary>
    public static IReadOnlyList<string> Files(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var root = Path.GetFullPath(folder);
        return SkillNames.FilesIn(
            Directory
                .EnumerateFiles(root, SkillNames.File, s_walk)
                .Select(f => Path.GetRelativePath(root, f))
                .Take(4 * SkillLibrary.MostSkills),
            ""
        );
    }

    public static FoundSkills Read(string folder, CancellationToken cancellationToken)
    {
        var reader = new SkillReader();
        var files = Files(folder);
        if (files.Count == 0)
        {
            return reader.Found;
        }

        using var root = Open(LinuxFiles.Open(folder, LinuxFiles.PathOnly | LinuxFiles.DirectoryOnly | LinuxFiles.CloseOnExec));
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (root is null || Content(root, file) is not { } content)
            {
                reader.Refuse(file, $"is no regular file of at most {SkillFile.MostBytes / 1024} KiB that can be read here");
            }
            else
            {
                reader.Take(file, file, content);
            }
        }

        return reader.Found;
    }

    /// <summary>What changes when a skill is added, removed or written.</summary>
    public static string StampOf(string folder)
    {
        var text = new StringBuilder();
        foreach (var file in Files(folder))
        {
            var info = new FileInfo(Path.Combine(folder, file));
            text.Append(file)
                .Append('\0')
                .Append(info.LastWriteTimeUtc.Ticks)
                .Append('\0')
                .Append(info.Exists ? info.Length : -1)
                .Append('\n');
        }

        return text.ToString();
    }

    private static byte[]? Content(SafeFileHandle root, string file)
    {
        using var handle = Open(
            LinuxFiles.OpenAt2(
                root.DangerousGetHandle().ToInt32(),
                Encoding.UTF8.GetBytes(file + '\0'),
                LinuxFiles.ReadOnly | LinuxFiles.NonBlocking | LinuxFiles.NoControllingTerminal | LinuxFiles.CloseOnExec,
                0,
                LinuxFiles.ResolveBeneath | LinuxFiles.ResolveNoSymlinks | LinuxFiles.ResolveNoMagicLinks
            )
        );
        if (handle is null || LinuxFiles.Statx(handle.DangerousGetHandle().ToInt32(), "\0"u8, LinuxFiles.AtEmptyPath, out var stat) < 0)
        {
            return null;
        }

        const int TypeMask = 0xF000;
        const int Regular = 0x8000;
        if ((stat.Mode & TypeMask) != Regular || stat.Size > SkillFile.MostBytes)
        {
            return null;
        }

        // It may grow while it is read: one byte over the limit is enough to know.
        var buffer = new byte[SkillFile.MostBytes + 1];
        var length = 0;
        while (length < buffer.Length && RandomAccess.Read(handle, buffer.AsSpan(length), length) is var read and > 0)
        {
            length += read;
        }

        return buffer[..length];
    }

    private static SafeFileHandle? Open(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
}
