using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Tools;
using LoopCluster.Workspaces.Files;

namespace LoopCluster.Runtime.Tests.Tools;

/// <summary>Calls tools as a driver does (arguments parsed first), over real files and a sandbox that answers as told.</summary>
internal sealed class ToolRig : IDisposable, IWorkspace, ISandbox, IBlobStore
{
    private readonly DirectoryInfo _root = System.IO.Directory.CreateTempSubdirectory("tools-");
    private readonly Dictionary<string, byte[]> _blobs = [];
    private readonly List<string> _known = [];

    public ToolRegistry Registry { get; } = new(BuiltInTools.Create(TimeProvider.System));

    public string Directory => _root.FullName;

    public IWorkspaceFiles Files => new WorkspaceFiles(Directory, SandboxUser.OfThisProcess());

    public IReadOnlyList<string> Refused => [];

    public IReadOnlyList<string> Scratch => [];

    public SandboxResult Answer { get; set; } =
        new()
        {
            Outcome = SandboxOutcome.Exited,
            ExitCode = 0,
            Output = default,
            OutputBytes = 0,
            Duration = TimeSpan.FromSeconds(1.5),
        };

    public SandboxCall? LastCall { get; private set; }

    public void Dispose() => _root.Delete(recursive: true);

    public ToolRig Put(string path, string text) => Put(path, Encoding.UTF8.GetBytes(text));

    public ToolRig Put(string path, byte[] content)
    {
        var file = Path.Combine(Directory, path);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return this;
    }

    public string Get(string path) => File.ReadAllText(Path.Combine(Directory, path));

    public string PutBlob(byte[] content, bool known)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        _blobs[hash] = content;
        if (known)
        {
            _known.Add(hash);
        }

        return hash;
    }

    public async Task<(ToolOutcome Outcome, string Output)> CallAsync(string tool, object arguments)
    {
        var result = await RunAsync(tool, JsonSerializer.Serialize(arguments));
        return (result.Outcome, Encoding.UTF8.GetString(result.Output.Span));
    }

    public async Task<ToolResult> RunAsync(string tool, string json)
    {
        Registry.TryGet(tool, out var found).ShouldBeTrue();
        if (!ToolArguments.TryParse(found!.Definition, json, out var arguments, out var error))
        {
            return new ToolResult(ToolOutcome.Error, Encoding.UTF8.GetBytes(error));
        }

        var invocation = new ToolInvocation(
            State(),
            arguments,
            this,
            this,
            new SandboxOwner(new LoopId("l"), 1, "t"),
            new SandboxShape
            {
                ImageId = "i",
                WorkspaceDirectory = Directory,
                Limits = new SandboxLimits { Memory = 512L << 20 },
            },
            this,
            TimeSpan.FromSeconds(30)
        );
        return await found.RunAsync(invocation, CancellationToken.None);
    }

    public ValueTask<SandboxResult> RunAsync(SandboxOwner owner, SandboxShape shape, SandboxCall call, CancellationToken cancellationToken)
    {
        LastCall = call;
        return ValueTask.FromResult(Answer);
    }

    public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Stream?>(_blobs.TryGetValue(hash, out var content) ? new MemoryStream(content) : null);

    public ValueTask DisposeAsync() => throw Unused();

    public ValueTask<WorkspaceCommitted?> CommitAsync(string message, IReadOnlyList<string> exclude, CancellationToken cancellationToken) =>
        throw Unused();

    public ValueTask PlaceAsync(LayerFiles layer, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask ResetAsync(string commit, CancellationToken cancellationToken) => throw Unused();

    public SandboxCaps Caps => SandboxCaps.None;

    public ValueTask<string> DescribeAsync(CancellationToken cancellationToken) => throw Unused();

    public ValueTask<string> ResolveImageAsync(string image, CancellationToken cancellationToken) => throw Unused();

    public void Prewarm(SandboxOwner owner, SandboxShape shape) => throw Unused();

    public ValueTask ReleaseAsync(LoopId loop, CancellationToken cancellationToken) => throw Unused();

    public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw Unused();

    public ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken) => throw Unused();

    private static InvalidOperationException Unused() => new("no tool may call this");

    private LoopState State()
    {
        var spec = new LoopSpec
        {
            Goal = "g",
            Workspace = new WorkspaceSpec(),
            Models = new Dictionary<string, ModelSpec>(),
        };
        var created = new LoopCreated
        {
            Tenant = "t",
            Spec = spec,
            Models = new Dictionary<string, ModelBinding>(),
            Tools = [],
            Versions = EngineVersions.Current,
        };
        return new LoopState
        {
            Id = new LoopId("l"),
            Created = created,
            Spec = spec,
            Versions = EngineVersions.Current,
            Workspace = new WorkspacePosition("c", "t", []),
            Outputs = [.. _known],
        };
    }
}
