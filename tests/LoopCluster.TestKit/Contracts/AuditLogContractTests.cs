using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LoopCluster.Runtime.Ports;
using Shouldly;
using Xunit;

namespace LoopCluster.TestKit.Contracts;

/// <summary>What every <see cref="IAuditLog"/> driver keeps.</summary>
public abstract class AuditLogContractTests
{
    protected abstract IAuditLog Audit { get; }

    /// <summary>Closes the driver and opens another one over the same storage.</summary>
    protected abstract ValueTask<IAuditLog> ReopenAsync();

    protected static string NewTenant() => $"t-{Guid.NewGuid():N}";

    [SkippableFact]
    public async Task Read_UnknownTenant_IsEmpty() => (await ReadAsync(Audit, NewTenant())).ShouldBeEmpty();

    [SkippableFact]
    public async Task Append_Records_AreAChainInTheDocumentedForm()
    {
        var tenant = NewTenant();
        await AppendAsync(tenant, 5);
        var lines = await ReadAsync(Audit, tenant);

        lines.Count.ShouldBe(5);
        var prev = SHA256.HashData(Encoding.UTF8.GetBytes("loopcluster-audit/1" + tenant));
        for (var i = 0; i < lines.Count; i++)
        {
            using var record = JsonDocument.Parse(lines[i]);
            record
                .RootElement.EnumerateObject()
                .Select(p => p.Name)
                .ShouldBe(["tenant", "seq", "at", "loop", "type", "data", "prev", "hash"]);
            record.RootElement.GetProperty("tenant").GetString().ShouldBe(tenant);
            record.RootElement.GetProperty("seq").GetInt64().ShouldBe(i + 1);
            record.RootElement.GetProperty("data").GetProperty("number").GetInt32().ShouldBe(i);
            record.RootElement.GetProperty("prev").GetString().ShouldBe(Convert.ToHexStringLower(prev));
            var content = Encoding.UTF8.GetBytes(lines[i][..lines[i].LastIndexOf(",\"hash\"", StringComparison.Ordinal)]);
            prev = SHA256.HashData([.. prev, .. content]);
            record.RootElement.GetProperty("hash").GetString().ShouldBe(Convert.ToHexStringLower(prev));
        }
    }

    [SkippableFact]
    public async Task Append_Concurrently_LosesNone()
    {
        var tenant = NewTenant();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () => await Audit.AppendAsync(Record(tenant, i), default))));

        var numbers = (await ReadAsync(Audit, tenant)).Select(l =>
            JsonDocument.Parse(l).RootElement.GetProperty("data").GetProperty("number").GetInt32()
        );
        numbers.Order().ShouldBe(Enumerable.Range(0, 100));
    }

    [SkippableFact]
    public async Task Append_TwoTenants_AreTwoChains()
    {
        var (one, other) = (NewTenant(), NewTenant());
        await AppendAsync(one, 3);
        await AppendAsync(other, 2);

        (await ReadAsync(Audit, one)).Count.ShouldBe(3);
        (await ReadAsync(Audit, other)).Count.ShouldBe(2);
        var tenants = new List<string>();
        await foreach (var tenant in Audit.ListTenantsAsync(default))
        {
            tenants.Add(tenant);
        }

        tenants.ShouldContain(one);
        tenants.ShouldContain(other);
    }

    [SkippableFact]
    public async Task Read_FromTheMiddle_StartsThere()
    {
        var tenant = NewTenant();
        await AppendAsync(tenant, 5);

        (await ReadAsync(Audit, tenant, 4)).ShouldBe((await ReadAsync(Audit, tenant)).Skip(3));
        (await ReadAsync(Audit, tenant, 6)).ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task Append_DataWithEveryKindOfText_ReadsBackAsOneLine()
    {
        var tenant = NewTenant();
        var data = JsonSerializer.SerializeToElement(new { number = 0, text = "line\nfeed \"quoted\" \\ ü 🚀 \u0000 ,\"hash\":\"" });
        await Audit.AppendAsync(new AuditRecord(tenant, "", DateTimeOffset.UnixEpoch, "tool-denied", data), default);

        var line = (await ReadAsync(Audit, tenant)).ShouldHaveSingleItem();
        line.ShouldNotContain('\n');
        JsonElement.DeepEquals(JsonDocument.Parse(line).RootElement.GetProperty("data"), data).ShouldBeTrue();
    }

    [SkippableFact]
    public async Task Reopen_AfterAppends_GoesOn()
    {
        var tenant = NewTenant();
        await AppendAsync(tenant, 3);
        var reopened = await ReopenAsync();
        await reopened.AppendAsync(Record(tenant, 3), default);

        (await ReadAsync(reopened, tenant)).Count.ShouldBe(4);
    }

    protected static AuditRecord Record(string tenant, int number) =>
        new(
            tenant,
            "loop-1",
            DateTimeOffset.UnixEpoch.AddSeconds(number),
            "tool-allowed",
            JsonSerializer.SerializeToElement(new { number })
        );

    protected static async Task<List<string>> ReadAsync(IAuditLog audit, string tenant, long fromSeq = 1)
    {
        var lines = new List<string>();
        await foreach (var line in audit.ReadAsync(tenant, fromSeq, default))
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
        }

        return lines;
    }

    private async Task AppendAsync(string tenant, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Audit.AppendAsync(Record(tenant, i), default);
        }
    }
}
