using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Hosting;

/// <summary>The data directory and what lies where in it.</summary>
public sealed record DataDirectory(string Root)
{
    public const string Variable = "LOOPCLUSTER_DATA";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Ledger => Path.Combine(Root, "ledger");

    public string Work => Path.Combine(Root, "work");

    public string Keys => Path.Combine(Root, "keys");

    public string Proofs => Path.Combine(Root, "proofs");

    /// <summary>Skills for every loop that is driven here.</summary>
    public string Skills => Path.Combine(Root, "skills");

    public string PublicKey => Path.Combine(Keys, "proof.pub.pem");

    public string Models => Path.Combine(Root, "models.yaml");

    /// <summary>A loop's name has no dot, so these never meet a loop's own directory in <c>work/</c>.</summary>
    public string SandboxState => Path.Combine(Work, ".sandbox");

    public string Checks => Path.Combine(Work, ".checks");

    public string ProofOf(LoopId loop) => Path.Combine(Proofs, loop.Value, "proof.json");

    /// <summary>What was given, else <c>LOOPCLUSTER_DATA</c>, else <c>~/.loopcluster</c>.</summary>
    public static DataDirectory Resolve(string? given)
    {
        var path = given ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(path))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            path =
                home.Length > 0
                    ? Path.Combine(home, ".loopcluster")
                    : throw new BadInputException(
                        "data-directory-unusable",
                        "--data",
                        $"there is no home directory to keep data in: give --data DIR or set {Variable}"
                    );
        }

        return new DataDirectory(Path.GetFullPath(path));
    }

    /// <summary>Makes the directory, or closes one of ours to other users. A strange directory's mode is left alone.</summary>
    public void Create()
    {
        try
        {
            var exists = Directory.Exists(Root);
            Directory.CreateDirectory(Root, Private);
            if (exists && File.GetUnixFileMode(Root) != Private && IsOurs())
            {
                File.SetUnixFileMode(Root, Private);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskFaults.Unusable(Root, e);
        }
    }

    private bool IsOurs() => Directory.Exists(Ledger) || !Directory.EnumerateFileSystemEntries(Root).Any();
}
