using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Whose files a gate sees at a path, the base's or the change's, and what the change may not add. All gates of a loop see one tree, and
/// that tree is what is delivered.
/// </summary>
public sealed class GateGuard
{
    private const string BytecodeFolder = "__pycache__/";
    private static readonly string[] Compilers = ["compileall", "py_compile"];
    private static readonly string[] GuessedRoots = ["src", "lib", "python"];

    // What a link to a directory would be to Python.
    private const string AsPackage = "/__init__.py";

    private readonly PathGlob[] _strict;
    private readonly PathGlob[] _existing;
    private readonly PathGlob[] _steering;
    private readonly PathGlob[] _sudden;
    private readonly PathGlob[] _allowed;
    private readonly Protection? _protection;
    private readonly bool _reviews;

    /// <param name="strict">Globs of <c>protect</c>: nothing of the change counts there, files it adds included.</param>
    /// <param name="protection">What was recognised; null in a loop that an earlier version began.</param>
    /// <param name="allowed">Globs of <c>changes.steer</c>.</param>
    /// <param name="reviews">A person is asked about what steers: then also about what does so less surely.</param>
    public GateGuard(IEnumerable<string> strict, Protection? protection = null, IEnumerable<string>? allowed = null, bool reviews = false)
    {
        _reviews = reviews;
        _strict = Parse(strict);
        _protection = protection;
        _existing = Parse(protection?.Existing ?? []);
        _steering = Parse(protection?.Steering ?? []);
        _sudden = Parse(
            protection
                ?.Steering.Where(IsSudden)
                .Select(g => g.Contains("pyproject.toml", StringComparison.Ordinal) ? g.Replace("**/", "", StringComparison.Ordinal) : g)
                ?? []
        );
        _allowed = Parse(allowed ?? []);
    }

    public static GateGuard Of(LoopState state) =>
        new(
            state.Spec.Gates.SelectMany(g => g.Protect),
            state.Imported.Protection,
            state.Spec.Changes.Steer,
            StrengthRules.Reviews(state) && state.Spec.Gates.Any(g => g is CommandGate { Unprotected: false })
        );

    /// <summary>Directories in which Python looks for modules first.</summary>
    public IReadOnlyList<string> ModuleRoots => _protection?.ModuleRoots ?? [];

    /// <summary>What the change keeps, loses and must not have. Only paths at which the two differ are looked at.</summary>
    public GuardReview Review(IReadOnlyList<GuardedFile> files)
    {
        var inBase = files.Where(f => f.InBase).Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        var guarded = files.Where(f => f.InBase && IsKept(f.Path, f.IsLink)).Select(f => f.Path).ToList();
        var shadows = _protection is null ? null : new Shadows(guarded, inBase.Contains);
        var roots = RootsWith(inBase.Contains);
        var modules = ModulesOf(files.Where(f => f.InBase && f.InChange).Select(f => f.Path));
        var (restored, steering) = (new List<int>(), new List<string>());
        for (var i = 0; i < files.Count; i++)
        {
            var file = files[i];
            if (!file.Differs)
            {
                continue;
            }

            if (Array.Exists(_strict, g => g.IsMatch(file.Path) || (file.IsLink && g.CanMatchBelow(file.Path))))
            {
                restored.Add(i);
            }
            else if (_protection is null) { }
            else if (CachePaths.IsCache(file.Path))
            {
                restored.Add(i);
            }
            else if (Array.Exists(_allowed, g => g.IsMatch(file.Path))) { }
            else if (file.InBase)
            {
                if (!Array.Exists(_existing, g => g.IsMatch(file.Path)))
                {
                    // An ordinary file that comes to steer.
                    if (
                        file.InChange
                        && !file.IsLink
                        && ConfigText.Knows(file.Path)
                        && Array.Exists(_steering, g => g.IsMatch(file.Path))
                        && ConfigText.SteeringPart(file.Path, file.ChangeText) is { Length: > 0 } part
                        && part != ConfigText.SteeringPart(file.Path, file.BaseText)
                    )
                    {
                        steering.Add(file.Path);
                    }
                    else if (_reviews && SensitivePaths.Is(file))
                    {
                        steering.Add(file.Path);
                    }
                }
                else if (
                    !(
                        file.InChange
                        && !file.IsLink
                        && ConfigText.IsMixed(file.Path)
                        && ConfigText.SteeringPart(file.Path, file.BaseText) == ConfigText.SteeringPart(file.Path, file.ChangeText)
                    )
                )
                {
                    restored.Add(i);
                }
            }
            else if (Steers(file, roots) || IsOtherOf(file, modules))
            {
                steering.Add(file.Path);
            }
            else if (shadows!.IsShadow(file.Path) || (file.IsLink && shadows.IsShadow(file.Path + AsPackage)))
            {
                restored.Add(i);
            }
            else if (_reviews && SensitivePaths.Is(file))
            {
                steering.Add(file.Path);
            }
        }

        return new GuardReview(restored, steering);
    }

    /// <summary>True for a file of the base that the gate must find as it is there, from the first of its commands to the last.</summary>
    public bool IsKept(string path, bool isLink) =>
        Array.Exists(_strict, g => g.IsMatch(path) || (isLink && g.CanMatchBelow(path)))
        || (Array.Exists(_existing, g => g.IsMatch(path)) && !Array.Exists(_allowed, g => g.IsMatch(path)));

    /// <summary>Files whose text <see cref="Review"/> wants to see.</summary>
    /// <param name="isProgram">It is marked as one.</param>
    public bool WantsText(string path, bool isProgram = false) =>
        _protection is not null && (ConfigText.Knows(path) || (_reviews && isProgram));

    /// <summary>
    /// What a running gate must not find, seen from the outside while it runs: names that shadow protected files or steer the runner.
    /// </summary>
    public Func<string, bool> Watch(IReadOnlyCollection<string> keptFiles, Func<string, bool> isInTree)
    {
        var shadows = new Shadows(keptFiles, isInTree);
        var roots = RootsWith(isInTree);
        return path =>
            keptFiles.Contains(path)
            || IsBytecodeOf(keptFiles, path)
            || (
                !isInTree(path)
                && !CachePaths.IsCache(path)
                && !Array.Exists(_allowed, g => g.IsMatch(path))
                && (shadows.IsShadow(path) || IsTakenModule(path, roots) || Array.Exists(_sudden, g => g.IsMatch(path)))
            );
    }

    /// <summary>
    /// Set for every gate: no import writes bytecode of what the gate rests on, and no tool reads settings from HOME, where a gate's first
    /// command could have left them for its second.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["PYTHONDONTWRITEBYTECODE"] = "1",
        ["PYTHONNOUSERSITE"] = "1",
        ["GOENV"] = "off",
        ["NPM_CONFIG_USERCONFIG"] = "/dev/null",
        ["MAVEN_SKIP_RC"] = "1",
    };

    /// <summary>Whether what was replaced speaks against a gate that runs this: one that compiles writes bytecode by itself.</summary>
    public static bool Counts(string run, string replaced) =>
        !replaced.Contains(BytecodeFolder, StringComparison.Ordinal)
        || !Array.Exists(Compilers, c => run.Contains(c, StringComparison.Ordinal));

    /// <summary>Bytecode that a first command leaves beside a kept module would run in the module's place for the next.</summary>
    private static bool IsBytecodeOf(IReadOnlyCollection<string> keptFiles, string path)
    {
        var at = path.LastIndexOf(BytecodeFolder, StringComparison.Ordinal);
        if (at < 0 || (at > 0 && path[at - 1] != '/'))
        {
            return false;
        }

        var name = path[(at + BytecodeFolder.Length)..];
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && keptFiles.Contains($"{path[..at]}{name[..dot]}.py");
    }

    private bool Steers(GuardedFile file, IReadOnlySet<string> roots)
    {
        var isNamed =
            Array.Exists(_steering, g => g.IsMatch(file.Path))
            || (file.Path.EndsWith("_test.go", StringComparison.Ordinal) && _protection!.Runners.Contains("go"));
        return (isNamed && (!ConfigText.Knows(file.Path) || file.IsLink || ConfigText.SteeringPart(file.Path, file.ChangeText).Length > 0))
            || IsTakenModule(file.Path, roots)
            || (file.IsLink && IsTakenModule(file.Path + AsPackage, roots));
    }

    private static bool IsTakenModule(string path, IReadOnlySet<string> roots)
    {
        var (module, directory) = Module(path);
        return module is not null
            && roots.Count > 0
            && (PythonModules.IsHook(module) || (roots.Contains(directory) && PythonModules.IsTaken(module)));
    }

    /// <summary>Modules directly below the places where Python looks, with the place.</summary>
    private Dictionary<string, string> ModulesOf(IEnumerable<string> paths)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in ModuleRoots.Count > 1 ? paths : [])
        {
            if (Module(path) is ({ } module, var directory) && ModuleRoots.Contains(directory))
            {
                found.TryAdd(module, directory);
            }
        }

        return found;
    }

    /// <summary>
    /// A new module where another place has one of its name already: the tests would see the new one, and whoever gets the change the old
    /// one.
    /// </summary>
    private bool IsOtherOf(GuardedFile file, Dictionary<string, string> modules) =>
        modules.Count > 0
        && Module(file.Path) is ({ } module, var directory)
        && ModuleRoots.Contains(directory)
        && modules.TryGetValue(module, out var elsewhere)
        && elsewhere != directory;

    private static (string? Module, string Directory) Module(string path)
    {
        var slash = path.LastIndexOf('/');
        var (directory, module) = (slash < 0 ? "" : path[..slash], PythonModules.ModuleOf(path.AsSpan(slash + 1)));
        if (module == "__init__" && directory.Length > 0)
        {
            slash = directory.LastIndexOf('/');
            (directory, module) = (slash < 0 ? "" : directory[..slash], directory[(slash + 1)..]);
        }

        return (module, directory);
    }

    private HashSet<string> RootsWith(Func<string, bool> isInBase)
    {
        var roots = new HashSet<string>(_protection?.ModuleRoots ?? [], StringComparer.Ordinal);
        if (roots.Count > 0)
        {
            roots.UnionWith(GuessedRoots.Where(r => !isInBase($"{r}/__init__.py")));
        }

        return roots;
    }

    // Of what steers, that which no honest command writes while a gate runs: not whole directories of packages, not what is judged by its
    // text.
    private static bool IsSudden(string glob) =>
        !glob.EndsWith("/**", StringComparison.Ordinal)
        && !ConfigText.Knows(glob)
        && !glob.Contains("package.json", StringComparison.Ordinal);

    private static PathGlob[] Parse(IEnumerable<string> globs) => [.. globs.Distinct(StringComparer.Ordinal).Select(PathGlob.Parse)];
}

/// <summary>A path of base, change or both.</summary>
/// <param name="IsLink">In the change, or in the base where the change lacks it.</param>
/// <param name="BaseText">Where it is wanted and can be read.</param>
public sealed record GuardedFile(
    string Path,
    bool InBase,
    bool InChange,
    bool Differs,
    bool IsLink,
    string? BaseText = null,
    string? ChangeText = null
)
{
    /// <summary>A program: marked as one, and no text. Only looked at where the change has it.</summary>
    public bool IsBinary { get; init; }
}

/// <param name="Restored">Indexes of files at which the base counts: its file, or none.</param>
/// <param name="Steering">Paths that the change adds and that would steer a gate.</param>
public sealed record GuardReview(IReadOnlyList<int> Restored, IReadOnlyList<string> Steering);
