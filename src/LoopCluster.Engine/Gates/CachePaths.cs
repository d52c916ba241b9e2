namespace LoopCluster.Engine.Gates;

/// <summary>
/// What tools leave behind to be faster the next time. It never travels from a change into a gate: a cache says what a file was, and the
/// file may be another.
/// </summary>
public static class CachePaths
{
    private static readonly PathGlob[] Globs =
    [
        .. new[]
        {
            "**/__pycache__",
            "**/*.pyc",
            "**/*.pyo",
            "**/.pytest_cache",
            "**/.mypy_cache",
            "**/.ruff_cache",
            "**/.hypothesis",
            "**/.tox",
            "**/.nox",
            "**/.eggs",
            "**/node_modules/.cache",
            "**/node_modules/.vite",
            "**/node_modules/.vite-temp",
            "**/node_modules/.vitest",
            "**/.eslintcache",
            "**/.nyc_output",
            "**/.turbo",
            "**/.parcel-cache",
            "**/*.tsbuildinfo",
            "**/.jest-cache",
            "**/.ccache",
            "**/target/.rustc_info.json",
            "**/target/{debug,release}/{.fingerprint,deps,build,incremental,examples}",
            "**/target/{debug,release}/.cargo-lock",
            "**/target/{classes,test-classes,maven-status,surefire-reports,generated-test-sources}",
            "**/build/classes",
            "**/build/test-results",
            "**/.gradle",
            "**/obj/{Debug,Release}",
            "**/bin/{Debug,Release}",
            "**/obj/project.assets.json",
            "**/obj/*.nuget.*",
        }.Select(PathGlob.Parse),
    ];

    public static bool IsCache(string path) => Array.Exists(Globs, g => g.IsMatch(path));
}
