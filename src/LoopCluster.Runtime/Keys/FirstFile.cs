using System.Runtime.InteropServices;

namespace LoopCluster.Runtime.Keys;

/// <summary>
/// Puts a whole file in its place unless one is there: of all who do so at once, in any process, exactly one is the first. <see cref="File.Move(string, string, bool)"/> looks
/// and then renames, and two may have looked before either renamed.
/// </summary>
internal static partial class FirstFile
{
    private const int Exists = 17;

    /// <summary>EPERM, EXDEV, EMLINK, ENOSYS and EOPNOTSUPP: a file system without hard links.</summary>
    private static readonly int[] NoLinks = [1, 18, 31, 38, 95];

    /// <param name="temporary">In the same directory, under a name of its own; gone afterwards.</param>
    /// <returns>False when another was first.</returns>
    public static bool Place(string temporary, string file)
    {
        try
        {
            if (Link(temporary, file) == 0)
            {
                return true;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Exists)
            {
                return false;
            }

            if (!NoLinks.Contains(error))
            {
                throw new IOException($"cannot make '{file}': {Marshal.GetPInvokeErrorMessage(error)}");
            }

            // The best there is here: a small gap between looking and renaming.
            File.Move(temporary, file, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);
}
