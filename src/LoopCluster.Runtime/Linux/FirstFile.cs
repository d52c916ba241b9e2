using System.Runtime.InteropServices;

namespace LoopCluster.Runtime.Linux;

/// <summary>
/// Puts a whole file in its place unless one is there: of all who do so at once, in any process, exactly one is the first.
/// <see cref="File.Move(string, string, bool)"/> looks and then renames, and two may have looked before either renamed.
/// </summary>
internal static class FirstFile
{
    /// <summary>What a file system without hard links says.</summary>
    private static readonly int[] NoLinks =
    [
        Errno.NotPermitted,
        Errno.CrossDevice,
        Errno.LinkLimit,
        Errno.NotImplemented,
        Errno.NotSupported,
    ];

    /// <param name="temporary">In the same directory, under a name of its own; gone afterwards.</param>
    /// <returns>False when another was first.</returns>
    public static bool Place(string temporary, string file)
    {
        try
        {
            if (LinuxFiles.Link(temporary, file) == 0)
            {
                return true;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == Errno.Exists)
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
}
