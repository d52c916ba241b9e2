namespace LoopCluster.Engine.Gates;

/// <summary>unittest, pytest and scripts that check.</summary>
public sealed partial class ProtectionPlan
{
    private static readonly string[] PytestFiles = ["pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"];
    private const string SupportFolders = "**/{test,tests}/**";

    private bool ReadPython(string name, List<string?> arguments, string directory, bool isPiped)
    {
        if (name is "pytest" or "py.test")
        {
            ReadPytest(arguments, directory);
            return true;
        }

        if (name is "tox" or "nox" or "nose2" or "nosetests" or "green" or "stestr")
        {
            ReadPytest([], directory);
            Steer(directory, "{tox.ini,noxfile.py,nose2.cfg,unittest.cfg}");
            Collect(name, directory, "{tox.ini,noxfile.py,nose2.cfg,unittest.cfg,setup.cfg}");
            return true;
        }

        var stem = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', 't');
        if (stem is not ("python" or "pypy" or "py"))
        {
            return false;
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "-m" when i + 1 < arguments.Count:
                    ReadModule(arguments[i + 1], arguments[(i + 2)..], directory, isPiped);
                    return true;
                case "-c":
                    AddRoot(directory);
                    return true;
                case "-W" or "-X":
                    i++;
                    break;
                case null:
                    return true;
                case ['-', ..]:
                    break;
                default:
                    if (ShellReader.Resolve(directory, arguments[i]) is { } script && _files.Contains(script))
                    {
                        AddRoot(Parent(script));
                        if (IsChecker(script))
                        {
                            AddScript(script, isPiped);
                            Protect("script", script);
                            SteerPython();
                        }
                    }

                    return true;
            }
        }

        return true;
    }

    private void ReadModule(string? module, List<string?> arguments, string directory, bool isPiped)
    {
        AddRoot(directory);
        switch (module)
        {
            case "unittest":
                ReadUnittest(arguments, directory);
                break;
            case "pytest" or "py.test":
                ReadPytest(arguments, directory);
                break;
            case "nose2" or "nose" or "tox" or "nox":
                ReadPython(module, arguments, directory, isPiped);
                break;
            case "coverage" when arguments is ["run", "-m", { } inner, .. var rest]:
                ReadModule(inner, rest, directory, isPiped);
                break;
            case { Length: > 0 } when ModuleFile(module, directory) is { } file && IsChecker(file):
                AddScript(file, isPiped);
                Protect("script", file);
                SteerPython();
                break;
        }
    }

    private void ReadUnittest(List<string?> arguments, string directory)
    {
        var (start, top, pattern) = ((string?)directory, (string?)null, "test*.py");
        var names = new List<string>();
        var discover = arguments.FirstOrDefault() == "discover";
        var positional = 0;
        for (var i = discover ? 1 : 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var value = i + 1 < arguments.Count ? arguments[i + 1] : null;
            switch (argument)
            {
                case "-s" or "--start-directory":
                    start = ShellReader.Resolve(directory, value);
                    i++;
                    break;
                case "-t" or "--top-level-directory":
                    top = ShellReader.Resolve(directory, value);
                    i++;
                    break;
                case "-p" or "--pattern":
                    pattern = value is { Length: > 0 } ? value : pattern;
                    i++;
                    break;
                case "-k" or "--durations":
                    i++;
                    break;
                case null or ['-', ..]:
                    start =
                        argument?.StartsWith("--start-directory=", StringComparison.Ordinal) == true
                            ? ShellReader.Resolve(directory, argument[18..])
                            : start;
                    pattern = argument?.StartsWith("--pattern=", StringComparison.Ordinal) == true ? argument[10..] : pattern;
                    break;
                default:
                    if (!discover)
                    {
                        names.Add(argument);
                    }
                    else if (positional++ == 0)
                    {
                        start = ShellReader.Resolve(directory, argument);
                    }
                    else if (positional == 2)
                    {
                        pattern = argument;
                    }

                    break;
            }
        }

        _runners.Add("unittest");
        SteerPython();
        foreach (var name in names)
        {
            if (
                (name.EndsWith(".py", StringComparison.Ordinal) ? ShellReader.Resolve(directory, name) : ModuleFile(name, directory))
                    is not { } file
                || !_files.Contains(file)
            )
            {
                continue;
            }

            Protect("unittest", file);
            AddTests("unittest", "", Escape(file));
            if (file.EndsWith("/__init__.py", StringComparison.Ordinal))
            {
                Collect("unittest", Parent(file), "**/test*.py");
                AddTests("unittest", Parent(file), "**/test*.py");
            }
        }

        start ??= directory;
        AddRoot(top ?? start);
        // Python finds a start directory that is a package's name in the same way.
        start = !IsFolder(start) && ModuleFile(start.Replace('/', '.'), "") is { } package ? Parent(package) : start;
        if (names.Count == 0 && !pattern.Contains('/', StringComparison.Ordinal) && PathGlob.TryParse(pattern, out _, out _))
        {
            Collect("unittest", start, $"**/{pattern}");
            AddTests("unittest", start, $"**/{pattern}");
        }

        Collect("unittest", names.Count == 0 ? start : directory, SupportFolders);
        if (start.Split('/').Any(p => p is "test" or "tests"))
        {
            Collect("unittest", start, "**");
        }
    }

    private void ReadPytest(List<string?> arguments, string directory)
    {
        var runs = !IsSelective(arguments, "--collect-only", "--co", "--setup-only", "--setup-plan", "--fixtures", "--markers");
        _runners.Add("pytest");
        SteerPython();
        AddRoot(directory);
        var places = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (
                argument
                is "-c"
                    or "--config-file"
                    or "-k"
                    or "-m"
                    or "-p"
                    or "-o"
                    or "--rootdir"
                    or "--override-ini"
                    or "-n"
                    or "-W"
                    or "--tb"
                    or "--maxfail"
                    or "--timeout"
                    or "-r"
                    or "--durations"
                    or "--cov"
                    or "--junitxml"
                    or "--ignore"
                    or "--deselect"
                    or "--confcutdir"
            )
            {
                i++;
                if (
                    argument is "-c" or "--config-file"
                    && i < arguments.Count
                    && ShellReader.Resolve(directory, arguments[i]) is { } config
                    && _files.Contains(config)
                )
                {
                    Protect("pytest", config);
                }
            }
            else if (
                argument is { Length: > 0 }
                && argument[0] != '-'
                && ShellReader.Resolve(directory, argument.Split("::")[0]) is { } place
                && (_files.Contains(place) || IsFolder(place))
            )
            {
                places.Add(place);
            }
        }

        var tests = new List<string>();
        foreach (var place in places.DefaultIfEmpty(directory))
        {
            if (_files.Contains(place))
            {
                Protect("pytest", place);
                if (runs)
                {
                    AddTests("pytest", "", Escape(place));
                }

                tests.Add(place);
                continue;
            }

            var patterns = TestPatterns(directory);
            foreach (var pattern in patterns)
            {
                Collect("pytest", place, $"**/{pattern}");
                if (runs)
                {
                    AddTests("pytest", place, $"**/{pattern}");
                }
            }

            Collect("pytest", place, SupportFolders);
            if (place.Split('/').Any(p => p is "test" or "tests"))
            {
                Collect("pytest", place, "**");
            }

            var globs = patterns.Select(p => PathGlob.Parse(Below(place, $"**/{p}"))).ToList();
            tests.AddRange(_files.Where(f => globs.Any(g => g.IsMatch(f))));
        }

        // rootdir/conftest: the first directory upwards that is no package is where its modules are looked for.
        foreach (var test in tests.Concat(_files.Where(f => f == "conftest.py" || f.EndsWith("/conftest.py", StringComparison.Ordinal))))
        {
            var root = Parent(test);
            while (root.Length > 0 && _files.Contains($"{root}/__init__.py"))
            {
                root = Parent(root);
            }

            AddRoot(root);
        }

        Collect(
            "pytest",
            "",
            "**/conftest.py",
            "**/{pytest.ini,.pytest.ini,pytest.toml,.pytest.toml,tox.ini,setup.cfg,pyproject.toml,.coveragerc}"
        );
        Steer(
            "",
            "**/conftest.py",
            "**/{pytest.ini,.pytest.ini,pytest.toml,.pytest.toml,.coveragerc}",
            "**/{tox.ini,setup.cfg,pyproject.toml}"
        );
    }

    private List<string> TestPatterns(string directory)
    {
        var patterns = new List<string> { "test_*.py", "*_test.py" };
        foreach (var file in PytestFiles.Select(f => directory.Length == 0 ? f : $"{directory}/{f}").Where(_files.Contains))
        {
            _wanted.Add(file);
            foreach (
                var line in (_texts.GetValueOrDefault(file) ?? "")
                    .Split('\n')
                    .Where(l =>
                        l.TrimStart().StartsWith("python_files", StringComparison.Ordinal) && l.Contains('=', StringComparison.Ordinal)
                    )
            )
            {
                patterns.AddRange(
                    line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]
                        .Split([' ', '[', ']', '"', '\'', ',', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)
                        .Where(p => !p.Contains('/', StringComparison.Ordinal) && PathGlob.TryParse(p, out _, out _))
                );
            }
        }

        return patterns;
    }

    private void SteerPython() =>
        Steer(
            "",
            "**/*.pth",
            "**/{sitecustomize,usercustomize}.*",
            "**/{sitecustomize,usercustomize}/__init__.*",
            "**/site-packages/**",
            "**/pyvenv.cfg",
            // Of these two only the part counts that says how tests are found, or that a plugin is there.
            "**/__init__.py",
            "**/entry_points.txt"
        );

    /// <summary>The file of a dotted name, or of as much of its start as there is: <c>tests.test_a.Case.test_it</c>.</summary>
    private string? ModuleFile(string dotted, string directory)
    {
        var parts = dotted.Split('.');
        for (var count = parts.Length; count > 0; count--)
        {
            if (ShellReader.Resolve(directory, string.Join('/', parts.Take(count))) is { } path)
            {
                if (_files.Contains($"{path}.py"))
                {
                    return $"{path}.py";
                }

                if (count == parts.Length && _files.Contains($"{path}/__main__.py"))
                {
                    return $"{path}/__main__.py";
                }

                if (_files.Contains($"{path}/__init__.py"))
                {
                    return $"{path}/__init__.py";
                }
            }
        }

        return null;
    }
}
