using LoopCluster.Engine.Errors;

namespace LoopCluster.Sandboxes;

/// <summary>What a person is told when the engine is not as it should be, the same words whichever way it is reached.</summary>
internal static class SandboxFaults
{
    public const string NotAllowed =
        "this user may not talk to the engine (join its group, for example 'sudo usermod -aG docker $USER', and log in again)";
    public const string NotRunning = "installed, but its engine is not running";

    private const string Advice = " Run './loop doctor', which says what is missing.";

    public static InfrastructureException Unavailable(string what, Exception? inner = null) =>
        new("sandbox-unavailable", what + Advice, inner);

    public static InfrastructureException DiskFull(string directory) =>
        new("sandbox-unavailable", $"The disk of {directory} is full; a command that failed on it is run again once there is room.");

    /// <summary>Several ways were tried, and none led to an engine.</summary>
    public static InfrastructureException Unavailable(IEnumerable<InfrastructureException> faults) =>
        Unavailable(string.Join(' ', faults.Select(f => f.Message.Replace(Advice, "", StringComparison.Ordinal))));

    public static InfrastructureException NoImageName(string image) => new("image-missing", $"'{image}' is no image name.");

    public static InfrastructureException NoImage(string engine, string image) =>
        new(
            "image-missing",
            $"{engine} has no image '{image}'. Run './loop doctor' for loopcluster/sandbox, or load or pull another one with 'docker' first."
        );

    public static InfrastructureException AnotherDigest(string name, string wanted, IEnumerable<string> has) =>
        new(
            "image-digest-mismatch",
            $"The engine's image '{name}' is another one than {wanted}: it has {string.Join(", ", has)}. Pull '{name}@{wanted}', or name the digest that is meant."
        );

    public static InfrastructureException ImageIsGone(string said) =>
        new("image-missing", $"The image is gone: {said} Run './loop doctor'.");
}
