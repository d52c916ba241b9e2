using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tests.Models;

public sealed class ModelCatalogTests
{
    private const string File1 = """
        models:
          fast:
            url: http://gpu-1:8000/v1/
            model: Qwen/Qwen3-32B
            keyEnv: VLLM_KEY
            window: 65536
            maxTokens: 8192
            price: { in: 0.1, out: 0.40, cached: 0.01 }
            family: qwen
            concurrency: 8
            stream: true
          plain: { url: "https://gateway.example/v1", model: m }
        """;

    [Fact]
    public async Task Resolve_Name_IsTheFilesBinding()
    {
        var model = await ModelCatalog.Parse(File1).ResolveAsync(new ModelSpec { Name = "fast" }, "make", new Blobs(), default);
        model.ShouldBe(
            new ModelBinding
            {
                Name = "fast",
                Url = "http://gpu-1:8000/v1",
                Model = "Qwen/Qwen3-32B",
                KeyEnv = "VLLM_KEY",
                Window = 65536,
                MaxTokens = 8192,
                Price = new ModelPrice
                {
                    In = 0.1m,
                    Out = 0.4m,
                    Cached = 0.01m,
                },
                Family = "qwen",
                Concurrency = 8,
                Stream = true,
            }
        );
    }

    [Fact]
    public async Task Resolve_Defaults_AreTheDocumentedOnes()
    {
        var catalog = ModelCatalog.Parse(File1);
        var named = await catalog.ResolveAsync(new ModelSpec { Name = "plain" }, "make", new Blobs(), default);
        named.ShouldBe(
            new ModelBinding
            {
                Unpriced = true,
                Name = "plain",
                Url = "https://gateway.example/v1",
                Model = "m",
                Window = 32768,
                MaxTokens = 4096,
                Concurrency = 64,
            }
        );
        var direct = await catalog.ResolveAsync(
            new ModelSpec
            {
                Url = "http://localhost:1234/v1",
                Model = "q",
                Window = 4096,
            },
            "make",
            new Blobs(),
            default
        );
        direct.ShouldBe(
            new ModelBinding
            {
                Unpriced = true,
                Name = "q",
                Url = "http://localhost:1234/v1",
                Model = "q",
                Window = 4096,
                MaxTokens = 2048,
                Concurrency = 64,
            }
        );
        catalog.Models.Select(m => m.Name).ShouldBe(["fast", "plain"]);
    }

    [Fact]
    public async Task Resolve_UnknownName_ListsTheKnown()
    {
        var fault = await Should.ThrowAsync<BadInputException>(async () =>
            await ModelCatalog.Parse(File1).ResolveAsync(new ModelSpec { Name = "slow" }, "judge", new Blobs(), default)
        );
        fault.Code.ShouldBe("unknown-model");
        fault.Faults[0].Path.ShouldBe("models.judge");
        fault.Message.ShouldContain("known are fast, plain");
        fault = await Should.ThrowAsync<BadInputException>(async () =>
            await ModelCatalog.Empty.ResolveAsync(new ModelSpec { Name = "slow" }, "make", new Blobs(), default)
        );
        fault.Message.ShouldContain("there is no models file");
    }

    [Fact]
    public async Task Resolve_Script_IsCheckedAndKeptAsABlob()
    {
        const string Text = "replies: [{ text: hi }]";
        var blobs = new Blobs();
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, Text);
        try
        {
            var fromFile = await ModelCatalog.Empty.ResolveAsync(new ModelSpec { ScriptPath = path }, "make", blobs, default);
            var inline = await ModelCatalog.Empty.ResolveAsync(new ModelSpec { Script = Text }, "make", blobs, default);

            fromFile.ShouldBe(inline);
            fromFile.ShouldBe(
                new ModelBinding
                {
                    Name = "script",
                    Model = "script",
                    Script = fromFile.Script,
                    Window = 131072,
                    MaxTokens = 4096,
                    Concurrency = 64,
                }
            );
            blobs.Content[fromFile.Script!.Hash].ShouldBe(System.Text.Encoding.UTF8.GetBytes(Text));
        }
        finally
        {
            File.Delete(path);
        }

        blobs.Content.Clear();
        (
            await Should.ThrowAsync<BadInputException>(async () =>
                await ModelCatalog.Empty.ResolveAsync(new ModelSpec { Script = "replies: 1" }, "make", blobs, default)
            )
        ).Code.ShouldBe("script-invalid");
        (
            await Should.ThrowAsync<BadInputException>(async () =>
                await ModelCatalog.Empty.ResolveAsync(new ModelSpec { ScriptPath = "/no/such" }, "make", blobs, default)
            )
        ).Message.ShouldContain("/no/such cannot be read");
        blobs.Content.ShouldBeEmpty();
    }

    [Fact]
    public void Parse_Faults_AreAllToldWithTheirPaths()
    {
        var fault = Should.Throw<BadInputException>(() =>
            ModelCatalog.Parse(
                """
                routes: {}
                models:
                  "bad name": { url: http://x, model: m }
                  script: { url: http://x, model: m }
                  a: { url: ftp://x, model: "", key: y }
                  b: { url: http://u:p@x/v1, model: m, keyEnv: sk-proj-abc, window: 100 }
                  c: { url: "http://x/v1?k=v", model: m, window: 2048, maxTokens: 2048 }
                  d: { url: http://x/v1/chat/completions, model: m, price: { in: -1, output: 2 }, concurrency: 0, stream: maybe }
                  e: text
                  f: { model: m }
                """
            )
        );

        fault.Code.ShouldBe("models-invalid");
        fault
            .Faults.Select(f => f.Path)
            .ShouldBe(
                [
                    "routes",
                    "models.bad name",
                    "models.script",
                    "models.a.key",
                    "models.a.url",
                    "models.a.model",
                    "models.b.window",
                    "models.b.url",
                    "models.b.keyEnv",
                    "models.c.url",
                    "models.c.maxTokens",
                    "models.d.price.output",
                    "models.d.price.in",
                    "models.d.concurrency",
                    "models.d.stream",
                    "models.d.url",
                    "models.e",
                    "models.f.url",
                ],
                ignoreOrder: true
            );
        fault.Message.ShouldNotContain("sk-proj");
    }

    [Theory]
    [InlineData("")]
    [InlineData("models:")]
    [InlineData("models: {}")]
    public void Parse_Empty_HasNoModels(string text) => ModelCatalog.Parse(text).Models.ShouldBeEmpty();

    [Fact]
    public void Load_Missing_IsEmptyOnlyWhenOptional()
    {
        ModelCatalog.Load("/no/such/models.yaml", optional: true).Models.ShouldBeEmpty();
        Should.Throw<BadInputException>(() => ModelCatalog.Load("/no/such/models.yaml", optional: false)).Code.ShouldBe("models-invalid");
        Should.Throw<BadInputException>(() => ModelCatalog.Load("/dev/zero", optional: true)).Message.ShouldContain("more than 2 MiB");
    }

    private sealed class Blobs : IBlobStore
    {
        public Dictionary<string, byte[]> Content { get; } = [];

        public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content.Span));
            Content[hash] = content.ToArray();
            return ValueTask.FromResult(new BlobRef(hash, content.Length));
        }

        public ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken) =>
            throw new NotSupportedException("No part under test streams.");

        public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken) =>
            ValueTask.FromResult<Stream?>(Content.TryGetValue(hash, out var bytes) ? new MemoryStream(bytes) : null);
    }
}
