using System.Text.Json;

namespace LoopCluster.Engine.Gates;

/// <summary>Node's own runner, vitest, jest, mocha and the scripts of package.json.</summary>
public sealed partial class ProtectionPlan
{
    private const string ScriptEndings = "{js,mjs,cjs,jsx,ts,mts,cts,tsx}";

    private bool ReadNode(string name, List<string?> arguments, string directory, bool isPiped, int depth)
    {
        switch (name)
        {
            case "npm" or "pnpm" or "yarn" or "bun":
                ReadPackageScript(name, arguments, directory, depth);
                return true;
            case "vitest" or "jest" or "mocha" or "ava" or "tap" or "jasmine" or "playwright" or "cypress" or "c8" or "nyc" or "deno":
                CollectNode(arguments, directory);
                if (
                    name is "vitest" or "jest" or "mocha"
                    && !IsSelective(arguments, "-t", "--testNamePattern", "-g", "--grep", "-f", "--fgrep", "--listTests", "--dry-run")
                )
                {
                    AddNodeTests(name, directory);
                }

                if (name is "c8" or "nyc" && arguments.FindIndex(a => a is { Length: > 0 } && a[0] != '-') is var at and >= 0)
                {
                    ReadCommand(new ShellCommand(arguments[at..], directory, isPiped, new Dictionary<string, string>()), depth + 1);
                }

                return true;
            case "node" or "nodejs" or "tsx" or "ts-node":
                if (arguments.Any(a => a == "--test"))
                {
                    CollectNode(arguments, directory);
                    if (!IsSelective(arguments, "--test-name-pattern", "--test-skip-pattern", "--test-only"))
                    {
                        AddNodeTests("node:test", directory);
                        foreach (var named in arguments.Select(a => a is ['-', ..] ? null : ShellReader.Resolve(directory, a)))
                        {
                            if (named is not null && _files.Contains(named))
                            {
                                AddTests("node:test", "", Escape(named));
                            }
                        }
                    }
                }
                else if (
                    arguments.FirstOrDefault(a => a is { Length: > 0 } && a[0] != '-') is { } script
                    && ShellReader.Resolve(directory, script) is { } path
                    && new[] { path, path + ".js", path + ".mjs", path + "/index.js" }.FirstOrDefault(_files.Contains) is { } file
                    && IsChecker(file)
                )
                {
                    Protect("script", file);
                    SteerNode(directory);
                    if (!isPiped && !IsSelective(arguments, "--check", "-c"))
                    {
                        AddTests("node", "", Escape(file));
                    }
                }

                return true;
            default:
                return false;
        }
    }

    private void AddNodeTests(string runner, string directory) =>
        AddTests(
            runner,
            directory,
            $"**/*.{{test,spec}}.{ScriptEndings}",
            $"**/*{{-,_}}test.{ScriptEndings}",
            $"**/test-*.{ScriptEndings}",
            $"**/test.{ScriptEndings}",
            $"**/{{test,__tests__}}/**/*.{ScriptEndings}"
        );

    private void ReadPackageScript(string program, List<string?> arguments, string directory, int depth)
    {
        var words = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is "--prefix" or "-C" or "--cwd" or "--dir" && i + 1 < arguments.Count)
            {
                directory = ShellReader.Resolve(directory, arguments[++i]) ?? directory;
            }
            else if (arguments[i] is "--")
            {
                break;
            }
            else if (arguments[i] is { Length: > 0 } word && word[0] != '-')
            {
                words.Add(word);
            }
        }

        var script = words switch
        {
            ["run" or "run-script", var named, ..] => named,
            ["test" or "t" or "tst", ..] when program == "bun" => null,
            ["test" or "t" or "tst", ..] => "test",
            ["start", ..] => "start",
            [var named, ..] when program is "yarn" or "pnpm" or "bun" => named,
            _ => null,
        };
        var file = directory.Length == 0 ? "package.json" : $"{directory}/package.json";
        if (program == "bun" && words is ["test", ..])
        {
            CollectNode([], directory);
            Steer(directory, "bunfig.toml");
            Collect("node", directory, "bunfig.toml");
        }

        if (script is null || !_files.Contains(file))
        {
            return;
        }

        Protect("node", file);
        SteerNode(directory);
        _wanted.Add(file);
        if (_texts.GetValueOrDefault(file) is not { } text)
        {
            return;
        }

        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
            if (
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("scripts", out var scripts)
                && scripts.ValueKind == JsonValueKind.Object
            )
            {
                foreach (var named in new[] { "pre" + script, script, "post" + script })
                {
                    if (scripts.TryGetProperty(named, out var line) && line.ValueKind == JsonValueKind.String)
                    {
                        ReadLine(line.GetString()!, directory, depth + 1);
                    }
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The runner will say so too; the file is protected all the same.
        }
    }

    private void CollectNode(List<string?> arguments, string directory)
    {
        SteerNode(directory);
        foreach (var argument in arguments)
        {
            if (argument is { Length: > 0 } && argument[0] != '-' && ShellReader.Resolve(directory, argument) is { Length: > 0 } path)
            {
                if (_files.Contains(path))
                {
                    Protect("node", path);
                }
                else if (IsFolder(path))
                {
                    Collect("node", path, $"**/*.{ScriptEndings}");
                }
                else if (argument.Contains('*', StringComparison.Ordinal) && PathGlob.TryParse(path, out _, out _))
                {
                    _existing.Add(path);
                }
            }
        }

        Collect(
            "node",
            directory,
            $"**/*.{{test,spec}}.{ScriptEndings}",
            $"**/*{{-,_}}test.{ScriptEndings}",
            $"**/test-*.{ScriptEndings}",
            $"**/test.{ScriptEndings}",
            "**/{test,tests,__tests__,__mocks__,__snapshots__,spec,e2e}/**",
            "{package.json,.npmrc,.yarnrc,.yarnrc.yml}",
            "{.mocharc,.babelrc,.swcrc,.nycrc,.c8rc,.taprc,.jasmine}{,.js,.cjs,.mjs,.json,.jsonc,.yml,.yaml}"
        );
        Collect("node", directory, NodeConfiguration);
    }

    private static readonly string[] NodeConfiguration =
    [
        "{jest,vitest,vite,playwright,cypress,ava,babel}.config.{js,mjs,cjs,ts,mts,cts,json}",
        "{karma.conf,vitest.workspace,vitest.setup,jest.setup,jest-preset}.{js,mjs,cjs,ts,mts,cts,json}",
    ];

    private void SteerNode(string directory)
    {
        _runners.Add("node");
        Steer(
            directory,
            "{.mocharc,.babelrc,.swcrc,.nycrc,.c8rc,.taprc,.jasmine}{,.js,.cjs,.mjs,.json,.jsonc,.yml,.yaml}",
            "{package.json,.npmrc,.yarnrc,.yarnrc.yml,.pnp.cjs,.pnp.loader.mjs,.pnpmfile.cjs,.env,.node-version}"
        );
        Steer(directory, NodeConfiguration);
        Steer("", "**/node_modules/**");
    }
}
