using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>Whose files a gate sees at a path: the base's or the change's. All gates of a loop see one tree, and that tree is what is delivered.</summary>
public sealed class GateGuard
{
    private readonly PathGlob[] _strict;

    public GateGuard(IEnumerable<string> strict) => _strict = [.. strict.Distinct(StringComparer.Ordinal).Select(PathGlob.Parse)];

    public static GateGuard Of(LoopSpec spec) => new(spec.Gates.SelectMany(g => g.Protect));

    public static GateGuard Of(LoopState state) => Of(state.Spec);

    /// <summary>True where nothing of the change counts, files it added included.</summary>
    /// <param name="isLink">A link that is new or changed must not make other files appear under protected names.</param>
    public bool IsStrict(string path, bool isLink) => Array.Exists(_strict, g => g.IsMatch(path) || (isLink && g.CanMatchBelow(path)));
}
