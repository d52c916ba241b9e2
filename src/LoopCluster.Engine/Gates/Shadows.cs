namespace LoopCluster.Engine.Gates;

/// <summary>
/// What would be taken in place of a protected file, were it beside it: the same module as a package, an extension or bytecode, a make file
/// that make looks for first.
/// </summary>
internal sealed class Shadows
{
    private static readonly HashSet<string> Scripts = [".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".json", ".node"];

    // Key: directory, '/', stem. Modules in the first; scripts of a browser's or node's kind in the second.
    private readonly HashSet<string> _modules = new(StringComparer.Ordinal);
    private readonly HashSet<string> _scripts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _makes = new(StringComparer.Ordinal);

    /// <param name="isInBase">Says whether the base has a file at a path.</param>
    public Shadows(IEnumerable<string> protectedFiles, Func<string, bool> isInBase)
    {
        foreach (var path in protectedFiles)
        {
            var (directory, name) = Split(path);
            if (Path.GetExtension(name) == ".py")
            {
                _modules.Add(Key(directory, name[..^3]));
                // A directory without __init__ is a package only as long as there is no module of its name.
                for (var above = directory; above.Length > 0; above = Split(above).Directory)
                {
                    if (!isInBase($"{above}/__init__.py"))
                    {
                        _modules.Add("!" + above);
                    }
                }
            }
            else if (Scripts.Contains(Path.GetExtension(name)))
            {
                _scripts.Add(Key(directory, Stem(name)));
                if (Stem(name) == "index" && directory.Length > 0)
                {
                    _scripts.Add(directory);
                }
            }
            else if (name is "Makefile" or "makefile")
            {
                _makes.Add(directory);
            }
        }
    }

    public bool IsShadow(string path)
    {
        var (directory, name) = Split(path);
        if (PythonModules.ModuleOf(name) is { } module)
        {
            // "a/__init__.py" is the package a.
            if (
                module == "__init__"
                    ? directory.Length > 0 && _modules.Contains(Key(Split(directory).Directory, Split(directory).Name))
                    : _modules.Contains(Key(directory, module))
            )
            {
                return true;
            }

            return _modules.Contains("!" + Key(directory, module));
        }

        if (name is "GNUmakefile" or "makefile" or "Makefile" && _makes.Contains(directory))
        {
            return true;
        }

        return Scripts.Contains(Path.GetExtension(name))
            ? _scripts.Contains(Key(directory, Stem(name)))
            : _scripts.Contains(path) && Path.GetExtension(name).Length == 0;
    }

    private static string Stem(string name) => name[..^Path.GetExtension(name).Length];

    private static string Key(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

    private static (string Directory, string Name) Split(string path) =>
        path.LastIndexOf('/') is var slash and >= 0 ? (path[..slash], path[(slash + 1)..]) : ("", path);
}
