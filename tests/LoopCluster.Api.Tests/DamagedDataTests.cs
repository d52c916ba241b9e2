using System.Text;
using System.Text.Json;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.TestKit.Api;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Processes;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Api.Tests;

/// <summary>What the command line says of a data directory that is not whole any more.</summary>
public sealed class DamagedDataTests : IAsyncLifetime, IDisposable
{
    private readonly TestFiles _files = new();
    private readonly FakeShell _shell = new();
    private string _first = "";
    private string _second = "";

    private string Data => _files.At("data");

    public async Task InitializeAsync()
    {
        _files.Write(
            "task.yaml",
            "goal: put 42 into answer.txt\nworkspace: { files: { readme.txt: hello } }\nmodel: script:script.yaml\ngates: [ { name: answer, run: has answer.txt 42 } ]\n"
        );
        _files.Write(
            "script.yaml",
            """replies: [ { tools: [ { name: write_file, arguments: { path: answer.txt, content: "42\n" } }, { name: done, arguments: { summary: ready } } ] } ]"""
        );
        await using var api = await EmbeddedApi.OpenAsync(
            new ApiSetup(new HostSetup(Data, _shell.Sandbox, ModelCatalog.Empty, TimeProvider.System), new Dictionary<string, string?>()),
            0
        );
        var (key, kept) = ApiKeys.New("acme", TimeProvider.System);
        await api.Keys.AddAsync(kept, default);
        (_first, _second) = (await RunAsync(api, key), await RunAsync(api, key));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task LedgerVerify_WholeDirectory_ChecksEveryBlobOnce()
    {
        var verify = await LoopProcess.RunAsync(Data, "ledger", "verify", "--json");

        verify.ExitCode.ShouldBe(0, verify.ToString());
        verify.Json.GetProperty("blobs").GetProperty("bad").GetArrayLength().ShouldBe(0);
        // The base's files, the script, a step, a delivered commit and a proof; of two loops on one base some are the same.
        verify.Json.GetProperty("blobs").GetProperty("checked").GetInt32().ShouldBeInRange(6, 10);
    }

    [Fact]
    public async Task LedgerVerify_BlobMissingAndBlobAltered_NamesLoopEntryAndWhatEachIs()
    {
        var proof = (await LastAsync(_first)).GetProperty("data").GetProperty("proof").GetProperty("hash").GetString()!;
        var pack = (await LastAsync(_second))
            .GetProperty("data")
            .GetProperty("delivered")
            .GetProperty("pack")
            .GetProperty("hash")
            .GetString()!;
        File.Delete(BlobFile(proof));
        var bytes = await File.ReadAllBytesAsync(BlobFile(pack));
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(BlobFile(pack), bytes);

        var verify = await LoopProcess.RunAsync(Data, "ledger", "verify", "--json");
        var words = await LoopProcess.RunAsync(Data, "ledger", "verify", _second);

        verify.ExitCode.ShouldBe(8, verify.ToString());
        verify.Json.GetProperty("ok").GetBoolean().ShouldBeFalse();
        verify.Json.GetProperty("firstBad").GetProperty("reason").GetString().ShouldNotBeNull();
        var bad = verify
            .Json.GetProperty("blobs")
            .GetProperty("bad")
            .EnumerateArray()
            .Select(b =>
                (
                    b.GetProperty("loop").GetString(),
                    b.GetProperty("what").GetString(),
                    b.GetProperty("reason").GetString(),
                    b.GetProperty("seq").GetInt64()
                )
            )
            .ToList();
        bad.ShouldBe(
            [
                (_first, "the proof", "missing", (await LastAsync(_first)).GetProperty("seq").GetInt64()),
                (
                    _second,
                    "the delivered commit",
                    "damaged: its hash is not its name",
                    (await LastAsync(_second)).GetProperty("seq").GetInt64()
                ),
            ],
            ignoreOrder: true
        );
        words.ExitCode.ShouldBe(8);
        words.Output.ShouldContain($"loop {_second}, entry {bad[^1].Item4}: the delivered commit is damaged");
        words.Output.ShouldNotContain(_first);
    }

    [Fact]
    public async Task List_OneLedgerDamaged_ShowsItAsDamagedAndTheOtherAsUsual()
    {
        foreach (var segment in Directory.GetFiles(Path.Combine(Data, "ledger"), "*.jsonl"))
        {
            var bytes = await File.ReadAllBytesAsync(segment);
            var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"{{\"loop\":\"{_second}\",\"seq\":3,"));
            if (at >= 0)
            {
                bytes[at + 120] ^= 1;
                await File.WriteAllBytesAsync(segment, bytes);
            }
        }

        var json = await LoopProcess.RunAsync(Data, "ls", "--json");
        var words = await LoopProcess.RunAsync(Data, "ls");

        json.ExitCode.ShouldBe(0, json.ToString());
        var loops = json.Json.EnumerateArray().ToDictionary(l => l.GetProperty("id").GetString()!);
        (loops[_first].GetProperty("status").GetString(), loops[_first].GetProperty("damage").GetString()).ShouldBe(("verified", null));
        loops[_second].GetProperty("damage").GetString().ShouldNotBeNull().ShouldContain("broken at entry 3");
        loops[_second].GetProperty("goal").GetString().ShouldBe("put 42 into answer.txt");
        words.ExitCode.ShouldBe(0);
        words.Output.Split('\n').ShouldContain(l => l.StartsWith(_second, StringComparison.Ordinal) && l.Contains("damaged"), words.Output);
        words.Output.Split('\n').ShouldAllBe(l => l.Length <= 80, words.Output);
        words.Error.ShouldContain($"ledger verify {_second} --data {Data}");
        (await LoopProcess.RunAsync(Data, "show", _second)).ExitCode.ShouldBe(8);
    }

    private async Task<string> RunAsync(EmbeddedApi api, string key)
    {
        using var process = LoopProcess.StartAsIs(
            [],
            "run",
            _files.At("task.yaml"),
            "--json",
            "--server",
            api.Url.ToString(),
            "--key",
            key
        );
        var run = await process.EndAsync();
        run.ExitCode.ShouldBe(0, run.ToString());
        return run.Json.GetProperty("id").GetString()!;
    }

    private async Task<JsonElement> LastAsync(string loop) =>
        JsonElement.Parse((await LoopProcess.RunAsync(Data, "events", loop)).Output.TrimEnd('\n').Split('\n')[^1]);

    private string BlobFile(string hash) => Path.Combine(Data, "blobs", hash[..2], hash);
}
