using System.Security.Cryptography;
using System.Text;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What every <see cref="IBlobStore"/> driver keeps.</summary>
public abstract class BlobStoreContractTests
{
    protected abstract IBlobStore Blobs { get; }

    /// <summary>Closes the driver and opens another one over the same storage.</summary>
    protected abstract ValueTask<IBlobStore> ReopenAsync();

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8193)]
    [InlineData(3_000_000)]
    public async Task Put_Bytes_OpensWithTheSameBytes(int length)
    {
        var content = NewContent(length);
        var blob = await Blobs.PutAsync(content, default);

        blob.Hash.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(content)));
        blob.Bytes.ShouldBe(length);
        (await ReadAsync(Blobs, blob.Hash)).ShouldBe(content);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(3_000_000)]
    public async Task Put_Stream_IsTheSameBlob(int length)
    {
        var content = NewContent(length);
        using var stream = new MemoryStream(content);
        var blob = await Blobs.PutAsync(stream, default);

        blob.ShouldBe(await Blobs.PutAsync(content, default));
        (await ReadAsync(Blobs, blob.Hash)).ShouldBe(content);
    }

    [SkippableFact]
    public async Task Put_SameBytesAtOnce_AllSucceed()
    {
        var content = NewContent(100_000);
        var blobs = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () => await Blobs.PutAsync(content, default))));

        blobs.Distinct().Count().ShouldBe(1);
        (await ReadAsync(Blobs, blobs[0].Hash)).ShouldBe(content);
    }

    [SkippableFact]
    public async Task Put_StreamThatFails_LeavesNothing()
    {
        await Should.ThrowAsync<InvalidDataException>(async () => await Blobs.PutAsync(new BrokenStream(), default));

        (await Blobs.OpenAsync(Convert.ToHexStringLower(SHA256.HashData("part"u8)), default)).ShouldBeNull();
    }

    [SkippableTheory]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8aa")]
    [InlineData("")]
    [InlineData("../../lock")]
    [InlineData("ABCDEF4298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8aa")]
    public async Task Open_WhatIsNoBlob_IsNull(string hash) => (await Blobs.OpenAsync(hash, default)).ShouldBeNull();

    [SkippableFact]
    public async Task Reopen_AfterPut_HasIt()
    {
        var content = NewContent(5000);
        var blob = await Blobs.PutAsync(content, default);

        (await ReadAsync(await ReopenAsync(), blob.Hash)).ShouldBe(content);
    }

    protected static byte[] NewContent(int length)
    {
        var content = new byte[length];
        RandomNumberGenerator.Fill(content);
        return content;
    }

    protected static async Task<byte[]> ReadAsync(IBlobStore blobs, string hash)
    {
        await using var stream = (await blobs.OpenAsync(hash, default)).ShouldNotBeNull();
        using var content = new MemoryStream();
        await stream.CopyToAsync(content);
        return content.ToArray();
    }

    private sealed class BrokenStream : MemoryStream
    {
        private bool _read;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read)
            {
                throw new InvalidDataException("the source broke");
            }

            _read = true;
            return new ValueTask<int>(Encoding.ASCII.GetBytes("part", buffer.Span));
        }
    }
}
