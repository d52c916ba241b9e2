using LoopCluster.Engine.Errors;

namespace LoopCluster.Sandboxes.Tests;

public sealed class ImageResolutionTests
{
    private static readonly string Id = "sha256:" + new string('a', 64);
    private static readonly string Digest = "sha256:" + new string('b', 64);
    private static readonly string Other = "sha256:" + new string('c', 64);

    private readonly Dictionary<string, FoundImage> _images = new()
    {
        ["tool"] = new(Id, [$"registry.example/tool@{Digest}"]),
        ["tool@" + Digest] = new(Id, [$"registry.example/tool@{Digest}"]),
        ["made-here"] = new(Id, []),
    };

    private Task<string> ResolveAsync(string image) =>
        ImageResolution.ResolveAsync("the engine", image, name => Task.FromResult(_images.GetValueOrDefault(name)));

    [Fact]
    public async Task Resolve_NameOrItsDigest_IsTheId()
    {
        (await ResolveAsync("tool")).ShouldBe(Id);
        (await ResolveAsync("tool@" + Digest)).ShouldBe(Id);
    }

    [Fact]
    public async Task Resolve_ImageMadeHere_MayBePinnedByItsId() => (await ResolveAsync("made-here@" + Id)).ShouldBe(Id);

    [Fact]
    public async Task Resolve_NameWithAnotherDigest_IsAMismatchThatSaysWhatToDo()
    {
        var fault = await Should.ThrowAsync<InfrastructureException>(() => ResolveAsync("tool@" + Other));

        fault.Code.ShouldBe("image-digest-mismatch");
        fault.Message.ShouldContain($"Pull 'tool@{Other}'");
        fault.Message.ShouldContain(Digest);
    }

    [Fact]
    public async Task Resolve_EngineAnswersAPinWithAnotherImage_IsAMismatch()
    {
        _images["tool@" + Other] = _images["tool"];

        (await Should.ThrowAsync<InfrastructureException>(() => ResolveAsync("tool@" + Other))).Code.ShouldBe("image-digest-mismatch");
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("nothing@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")]
    [InlineData("--privileged")]
    [InlineData("a b")]
    [InlineData("tool\n")]
    [InlineData("x/../../containers/abc")]
    [InlineData("x/./tool")]
    [InlineData("x//tool")]
    [InlineData("tool@sha256:b")]
    [InlineData("tool@latest")]
    [InlineData("")]
    public async Task Resolve_WhatIsNotThere_IsImageMissing(string image) =>
        (await Should.ThrowAsync<InfrastructureException>(() => ResolveAsync(image))).Code.ShouldBe("image-missing");
}
