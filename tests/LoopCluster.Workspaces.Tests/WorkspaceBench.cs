using System.Diagnostics;
using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Workspaces.Tests;

/// <summary>A data directory, a blob store and users' directories for one test; all gone after it.</summary>
public sealed class WorkspaceBench : IAsyncDisposable
{
    public static readonly LoopId Loop = new("loop-1");

    private readonly List<IAsyncDisposable> _opened = [];

    public WorkspaceBench()
    {
        Root = Directory.CreateTempSubdirectory("loopcluster-ws-").FullName;
        Data = Path.Combine(Root, "data");
        Blobs = new MemoryBlobStore();
        Workspaces = NewProcess();
    }

    public string Root { get; }

    public string Data { get; }

    internal MemoryBlobStore Blobs { get; }

    internal GitWorkspaces Workspaces { get; private set; }

    internal WorkspaceOptions Options { get; } = new();

    public List<BlobRef> Packs { get; } = [];

    /// <summary>The same data directory as seen by a process that has just started.</summary>
    internal GitWorkspaces NewProcess()
    {
        Options.Directory = Data;
        Options.AllowFileUrls = true;
        return Workspaces = new GitWorkspaces(
            new OptionsWrapper<WorkspaceOptions>(Options),
            Blobs,
            TimeProvider.System,
            NullLogger<GitWorkspaces>.Instance
        );
    }

    public string NewFolder(string name)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(path);
        return path;
    }

    public async Task<BaseSnapshot> ImportAsync(WorkspaceSpec spec)
    {
        var start = await Workspaces.ImportAsync(Loop, spec, default);
        Packs.Clear();
        Packs.Add(start.Pack);
        return start;
    }

    public async Task<IWorkspace> OpenAsync(string commit)
    {
        var workspace = await Workspaces.OpenAsync(Loop, commit, Packs, default);
        _opened.Add(workspace);
        return workspace;
    }

    /// <summary>Imports inline files and opens them.</summary>
    public async Task<(BaseSnapshot Base, IWorkspace Workspace)> StartAsync(params (string Path, string Text)[] files)
    {
        var start = await ImportAsync(new WorkspaceSpec { Files = files.ToDictionary(f => f.Path, f => f.Text) });
        return (start, await OpenAsync(start.Commit));
    }

    public async Task<WorkspaceCommitted?> CommitAsync(IWorkspace workspace, params string[] exclude)
    {
        var committed = await workspace.CommitAsync("step", exclude, default);
        if (committed is not null)
        {
            Packs.Add(committed.Pack);
        }

        return committed;
    }

    public string Repository => Path.Combine(Data, "repos", $"{Loop}.git");

    /// <summary>What real git says about the loop's repository.</summary>
    public string Git(params string[] arguments) => Run(Repository, "git", ["--git-dir", Repository, .. arguments]);

    public byte[] Blob(string commit, string path) =>
        RunBytes(Repository, "git", ["--git-dir", Repository, "cat-file", "blob", $"{commit}:{path}"]);

    public static string Run(string directory, string program, params string[] arguments) =>
        Encoding.UTF8.GetString(RunBytes(directory, program, arguments));

    public static byte[] RunBytes(string directory, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var (key, value) in new[]
            {
                ("GIT_AUTHOR_NAME", "U"),
                ("GIT_AUTHOR_EMAIL", "u@x"),
                ("GIT_COMMITTER_NAME", "U"),
                ("GIT_COMMITTER_EMAIL", "u@x"),
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("LC_ALL", "C"),
                ("GIT_CONFIG_COUNT", "1"),
                ("GIT_CONFIG_KEY_0", "safe.directory"),
                ("GIT_CONFIG_VALUE_0", "*"),
            }
        )
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {error.Result}");
        return output.ToArray();
    }

    /// <summary>Runs a shell script, the way an agent would in the workspace.</summary>
    public static string Shell(string directory, string script) => Run(directory, "/bin/sh", "-ec", script);

    public async ValueTask DisposeAsync()
    {
        foreach (var workspace in _opened)
        {
            await workspace.DisposeAsync();
        }

        Workspaces.Dispose();
        Shell("/", $"chmod -R u+rwX '{Root}' && rm -rf '{Root}'");
    }
}
