using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;

namespace LoopCluster.Runtime.Tests.Keys;

public sealed class FileApiKeyStoreTests : ApiKeyStoreContractTests, IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("loop-keys-").FullName;

    protected override IApiKeyStore Keys => new FileApiKeyStore(Path.Combine(_data, "keys"));

    protected override ValueTask<IApiKeyStore> OpenAnotherAsync() => new(Keys);

    public void Dispose()
    {
        if (Directory.Exists(_data))
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    [Fact]
    public async Task Add_AKey_KeepsNothingOfItAndIsForTheOwnerOnly()
    {
        var (key, kept) = ApiKeys.New("acme", TimeProvider.System);
        await Keys.AddAsync(kept, default);

        var file = Directory.EnumerateFiles(_data, "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Path.Combine(_data, "keys"))
            .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await File.ReadAllTextAsync(file)).ShouldNotContain(key[^52..]);
    }

    [Fact]
    public async Task Find_DataDirectoryGone_IsNotTheSameAsNoSuchKey()
    {
        var store = Keys;
        Directory.Delete(_data, recursive: true);

        (await Should.ThrowAsync<InfrastructureException>(async () => await store.FindAsync(new string('0', 64), default))).Code.ShouldBe(
            "keys-unavailable"
        );
        (await Should.ThrowAsync<InfrastructureException>(async () => await store.ListAsync(default))).Code.ShouldBe("keys-unavailable");
    }

    [Fact]
    public void New_Keys_AreLongRandomAndOfOneShape()
    {
        var made = Enumerable.Range(0, 200).Select(_ => ApiKeys.New("acme", TimeProvider.System)).ToList();

        made.Select(k => k.Key).ShouldBeUnique();
        made.ShouldAllBe(k => k.Key.Length == ApiKeys.Length && k.Key.StartsWith(k.Kept.Prefix + "_", StringComparison.Ordinal));
        made.ShouldAllBe(k => k.Kept.Hash == ApiKeys.HashOf(k.Key));
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("a", true)]
    [InlineData("acme-2", true)]
    [InlineData("", false)]
    [InlineData("Acme", false)]
    [InlineData("-acme", false)]
    [InlineData("acme-", false)]
    [InlineData("a/b", false)]
    [InlineData("..", false)]
    [InlineData("a{b}", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("ämter", false)]
    [InlineData("a2345678901234567890123456789012345678901", false)]
    public void TenantName_Text_IsANameOrNot(string text, bool valid)
    {
        TenantName.IsValid(text).ShouldBe(valid);
        if (!valid)
        {
            Should.Throw<BadInputException>(() => ApiKeys.New(text, TimeProvider.System)).Code.ShouldBe("tenant-invalid");
        }
    }
}
