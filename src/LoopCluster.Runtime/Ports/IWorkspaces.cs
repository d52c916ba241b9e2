using LoopCluster.Engine.Checks;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Ports;

/// <summary>
/// Git is the memory of files: bases, commits of a loop, clean trees for gates. The host's git never reads a directory an agent could
/// write.
/// </summary>
public interface IWorkspaces
{
    /// <summary>
    /// What shows at once: a spec of no kind, a directory that is not there, an address that is none. Reads no repository and reaches
    /// nothing.
    /// </summary>
    /// <exception cref="Engine.Errors.BadInputException"><c>workspace-unreadable</c>.</exception>
    void Check(WorkspaceSpec workspace);

    /// <summary>
    /// Reads the base into the loop's own repository and makes its pack durable. Reads nothing but committed state of a repository.
    /// </summary>
    /// <exception cref="Engine.Errors.BadInputException"><c>workspace-unreadable</c>: no such directory, ref or repository.</exception>
    /// <exception cref="Engine.Errors.InfrastructureException">The address does not answer now.</exception>
    ValueTask<BaseSnapshot> ImportAsync(LoopId loop, WorkspaceSpec workspace, CancellationToken cancellationToken);

    /// <summary>
    /// What an imported base leaves out, and what of the user's directory is not in it. Reads only; runs no command of the user's
    /// repository.
    /// </summary>
    ValueTask<WorkspaceFacts> SurveyAsync(LoopId loop, WorkspaceSpec workspace, BaseSnapshot start, CancellationToken cancellationToken);

    /// <summary>
    /// Text of a file in a tree, or null when there is none, it is over <paramref name="limit"/> bytes, or no regular file.
    /// </summary>
    ValueTask<string?> ReadFileAsync(LoopId loop, string tree, string path, int limit, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadFileAsync"/>, many at once; what has no such text is not in the result.</summary>
    async ValueTask<IReadOnlyDictionary<string, string>> ReadFilesAsync(
        LoopId loop,
        string tree,
        IReadOnlyList<string> paths,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (await ReadFileAsync(loop, tree, path, limit, cancellationToken).ConfigureAwait(false) is { } text)
            {
                texts[path] = text;
            }
        }

        return texts;
    }

    /// <summary>Paths of all files and links in a tree, sorted.</summary>
    ValueTask<IReadOnlyList<string>> ListFilesAsync(LoopId loop, string tree, CancellationToken cancellationToken);

    /// <summary>
    /// The loop's working directory, its files exactly those of <paramref name="commit"/> (scratch files gone). Packs that the local
    /// repository lacks are fetched from <paramref name="packs"/>, oldest first.
    /// </summary>
    ValueTask<IWorkspace> OpenAsync(LoopId loop, string commit, IReadOnlyList<BlobRef> packs, CancellationToken cancellationToken);

    /// <summary>
    /// The tree a gate runs on: <paramref name="change"/> with the base's entries wherever <paramref name="guard"/> says so.
    /// </summary>
    ValueTask<GateTree> BuildGateTreeAsync(
        LoopId loop,
        string baseTree,
        string change,
        GateGuard guard,
        CancellationToken cancellationToken
    );

    /// <summary>Paths at which two trees differ, sorted.</summary>
    ValueTask<IReadOnlyList<string>> ChangedAsync(LoopId loop, string fromTree, string toTree, CancellationToken cancellationToken);

    /// <summary>A tree like <paramref name="tree"/> but for some paths. It is not durable: it follows from what is.</summary>
    ValueTask<string> EditTreeAsync(LoopId loop, string tree, IReadOnlyList<TreeEdit> edits, CancellationToken cancellationToken);

    /// <summary>
    /// Checks a base's tree out into a new empty directory that the sandbox's user can write; disposing removes it. Its files have one old
    /// modification time, here, in the workspace and in gates' rooms.
    /// </summary>
    ValueTask<ICheckout> CheckoutAsync(LoopId loop, string tree, CancellationToken cancellationToken);

    /// <summary>
    /// As the other one, for a gate: what <paramref name="guard"/> keeps cannot be changed by the sandbox's user, and what happens to it is
    /// watched.
    /// </summary>
    ValueTask<IGuardedCheckout> CheckoutAsync(
        LoopId loop,
        string tree,
        string baseTree,
        GateGuard guard,
        LayerFiles? layer,
        CancellationToken cancellationToken
    );

    /// <summary>A unified diff of two trees, exact bytes.</summary>
    ValueTask<ReadOnlyMemory<byte>> DiffAsync(LoopId loop, string fromTree, string toTree, CancellationToken cancellationToken);

    /// <summary>
    /// As the other one, on any host: where the loop's repository is not here or lacks a tree, <paramref name="packs"/> are read instead.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>> DiffAsync(
        LoopId loop,
        string fromTree,
        string toTree,
        IReadOnlyList<BlobRef> packs,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Makes the outcome one commit on the base, durable as a blob, and puts it on a branch of the repository the base came from, when that
    /// is a local one. Repeating it is success.
    /// </summary>
    ValueTask<Delivered> DeliverAsync(LoopId loop, WorkspaceSpec workspace, Delivery delivery, CancellationToken cancellationToken);
}

/// <summary>The directory tool calls work in. File access here goes through openat2 and never follows a link out.</summary>
public interface IWorkspace : IAsyncDisposable
{
    /// <summary>Host path, mounted into containers.</summary>
    string Directory { get; }

    /// <summary>Path-safe access for the file tools.</summary>
    IWorkspaceFiles Files { get; }

    /// <summary>
    /// Walks the directory and, if a file differs from the last commit, makes a commit whose pack is durable. Null when nothing changed.
    /// <see cref="WorkspaceCommitted.Changed"/> is the whole list here; the driver keeps the first of it.
    /// </summary>
    /// <param name="exclude">Paths of the prepared layer.</param>
    ValueTask<WorkspaceCommitted?> CommitAsync(string message, IReadOnlyList<string> exclude, CancellationToken cancellationToken);

    /// <summary>Entries the last commit did not take (a <c>.git</c> at any depth, devices, sockets), with the reason.</summary>
    IReadOnlyList<string> Refused { get; }

    /// <summary>Files git ignores and commits therefore lack, the first 50.</summary>
    IReadOnlyList<string> Scratch { get; }

    /// <summary>
    /// Puts the prepared layer's files at their paths, as prepare left them: what a call did to them, or made beside them, is gone. Only
    /// while no container with a call is alive. A path to which something else than directories leads stays without its files.
    /// </summary>
    ValueTask PlaceAsync(LayerFiles layer, CancellationToken cancellationToken);

    /// <summary>Refills the directory in place with exactly the commit's files.</summary>
    ValueTask ResetAsync(string commit, CancellationToken cancellationToken);
}

/// <summary>
/// Bounded, link-safe file access relative to the workspace root. Faults are <see cref="WorkspaceFileException"/> with a message the model
/// can act on.
/// </summary>
public interface IWorkspaceFiles
{
    byte[] Read(string path, int limit);

    void Write(string path, ReadOnlySpan<byte> content);

    /// <summary>
    /// For a path that is not there: what is there under nearly the same name (case, Unicode form), and how it differs; else null.
    /// </summary>
    string? TwinOf(string path);

    /// <summary>
    /// Relative paths of regular files and links, sorted, at most <paramref name="limit"/>; directories with a trailing slash when not
    /// recursive.
    /// </summary>
    IReadOnlyList<string> List(string path, bool recursive, int limit);
}

/// <summary>A file operation that the model asked for and that cannot be done.</summary>
public sealed class WorkspaceFileException(string message) : Engine.Errors.LoopClusterException("workspace-file", message);

/// <param name="Restored">Paths of the change that do not count.</param>
/// <param name="Steering">Paths of the change that would steer a gate: none may run.</param>
public sealed record GateTree(string Tree, IReadOnlyList<string> Restored, IReadOnlyList<string> Steering);

/// <summary>What a tree is to have at a path: a file of this text, else the entry of another tree, or none where that has none.</summary>
public sealed record TreeEdit(string Path, string? Text = null, string? FromTree = null);

/// <summary>A clean room for a gate.</summary>
public interface IGuardedCheckout : ICheckout
{
    /// <summary>
    /// Paths that were put in the place of what the gate rests on since the checkout, even for a moment; the first 100. Only after the
    /// container is gone.
    /// </summary>
    IReadOnlyList<string> Replaced { get; }

    /// <summary>Paths of the layer that have no place, because the tree has a file or link where they need a directory.</summary>
    IReadOnlyList<string> Blocked { get; }
}

/// <summary>What is delivered, and how it is told.</summary>
public sealed record Delivery
{
    /// <summary>Commit of the last step; it leads back to the base.</summary>
    public required string Steps { get; init; }

    public required string BaseTree { get; init; }

    /// <summary>Tree of the one commit.</summary>
    public required string Tree { get; init; }

    /// <summary>The commit's message, from how many files and lines the change has: it may name what says so.</summary>
    public required Func<int, int, string> Message { get; init; }

    /// <summary>Of the commit, so that a repetition makes the same one.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Put the steps on a branch of their own as well.</summary>
    public bool KeepSteps { get; init; }
}

/// <param name="Branch">Null when the base came from no local repository.</param>
/// <param name="StepsBranch">Null when the steps were not asked for, or there is no branch.</param>
public sealed record Delivered(string Commit, BlobRef Pack, int Files, int Lines, string? Branch, string? StepsBranch);

public interface ICheckout : IAsyncDisposable
{
    string Directory { get; }

    /// <summary>Path-safe access to it.</summary>
    IWorkspaceFiles Files { get; }

    /// <summary>
    /// What a command added to the tree, and what of it cannot be kept. Only states are looked at: nothing there is opened or waited for.
    /// </summary>
    PreparedFiles NewFiles(CancellationToken cancellationToken);

    /// <summary>
    /// Puts the prepared layer's files at their paths; returns the paths to which something else than directories leads, which stay
    /// without.
    /// </summary>
    ValueTask<IReadOnlyList<string>> PlaceAsync(LayerFiles layer, CancellationToken cancellationToken);

    /// <summary>Paths of the tree whose file in the directory has changed or is gone.</summary>
    IReadOnlyList<string> ChangedPaths(int limit, CancellationToken cancellationToken);
}

/// <summary>A prepared layer laid out on this host, which no sandbox sees: calls get copies.</summary>
/// <param name="Paths">Relative to the directory, and to the workspace.</param>
public sealed record LayerFiles(string Directory, IReadOnlyList<string> Paths);

/// <param name="Paths">Regular files and links, the topmost new directory standing for all below it.</param>
/// <param name="Faults">What cannot be kept, each named with the reason; the first of it.</param>
public sealed record PreparedFiles(IReadOnlyList<string> Paths, IReadOnlyList<string> Faults);
