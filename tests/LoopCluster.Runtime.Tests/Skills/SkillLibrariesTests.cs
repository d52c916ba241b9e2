using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Skills;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Skills;

namespace LoopCluster.Runtime.Tests.Skills;

public sealed class SkillLibrariesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skills-").FullName;
    private readonly SteppedTime _time = new();
    private readonly KeptBlobs _blobs = new();
    private readonly SkillLibraries _libraries;

    public SkillLibrariesTests() => _libraries = new SkillLibraries(_blobs, _time, _folder);

    public void Dispose()
    {
        _libraries.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Server_SkillAddedLater_IsThereForTheNextLoop()
    {
        (await _libraries.ServerAsync(default)).Shelf.ShouldBeNull();
        Put("pdf");
        _time.Seconds += 10;
        var one = (await _libraries.ServerAsync(default)).Shelf!;
        _time.Seconds += 10;

        (await _libraries.ServerAsync(default)).Shelf.ShouldBeSameAs(one, "nothing changed");
        Put("css");
        _time.Seconds += 10;
        (await _libraries.ServerAsync(default)).Shelf!.Skills.ShouldBe(2);
    }

    [Fact]
    public async Task Read_ByAnotherProcess_IsWhatTheBlobHolds()
    {
        Put("pdf");
        var shelf = (await _libraries.ServerAsync(default)).Shelf! with { Library = null };
        using var other = new SkillLibraries(_blobs, _time, null);

        var read = await other.ReadAsync(new SkillsFound(1, [shelf]), default);

        read.ShouldHaveSingleItem().Find("pdf")!.Body.ShouldBe("Do it.");
        (await other.ReadAsync(new SkillsFound(1, [shelf]), default))[0].ShouldBeSameAs(read[0], "its index is made once");
        (await other.ReadAsync(null, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_BlobIsGone_SaysWhichAndWhatToDo()
    {
        var shelf = new SkillShelf(SkillSource.Server, new BlobRef(new string('a', 64), 9), 1);

        var fault = await Should.ThrowAsync<InfrastructureException>(async () =>
            await _libraries.ReadAsync(new SkillsFound(1, [shelf]), default)
        );
        (fault.Code, fault.Message.Contains("Restore the blobs", StringComparison.Ordinal)).ShouldBe(("blob-missing", true));
    }

    private void Put(string name)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        File.WriteAllText(Path.Combine(_folder, name, "SKILL.md"), $"---\nname: {name}\ndescription: about {name}\n---\nDo it.\n");
    }

    private sealed class SteppedTime : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }

    private sealed class KeptBlobs : IBlobStore
    {
        private readonly Dictionary<string, byte[]> _blobs = [];

        public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content.Span));
            _blobs[hash] = content.ToArray();
            return ValueTask.FromResult(new BlobRef(hash, content.Length));
        }

        public ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken) =>
            ValueTask.FromResult<Stream?>(_blobs.TryGetValue(hash, out var content) ? new MemoryStream(content) : null);
    }
}
