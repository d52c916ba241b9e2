using System.CommandLine;
using System.Text.Json;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop audit verify|export|head [--tenant]</c>.</summary>
internal static class AuditCommand
{
    public static Command Create(CommonOptions options)
    {
        var tenant = new Option<string?>("--tenant")
        {
            Description = "Only this tenant",
            HelpName = "NAME",
            Recursive = true,
        };
        return new Command("audit", "The audit log: what was decided, per tenant, hash-chained")
        {
            tenant,
            Verify(options, tenant),
            Export(options, tenant),
            Head(options, tenant),
        };
    }

    private static Command Verify(CommonOptions options, Option<string?> tenant) =>
        new Command("verify", "Check every record and link")
            .OfDirectory(options)
            .Does(options, async (context, cancellationToken) =>
                LedgerCommand.Write(
                    context.Io,
                    await new LedgerVerifier(context.Data.Root)
                        .VerifyAuditAsync(context.Get(tenant), cancellationToken)
                        .ConfigureAwait(false),
                    "records"
                )
            );

    private static Command Export(CommonOptions options, Option<string?> tenant) =>
        new Command("export", "Print the records, byte for byte, a line each")
            .OfDirectory(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var reading = context.Read();
                foreach (var name in await TenantsAsync(reading.Audit, context.Get(tenant), cancellationToken).ConfigureAwait(false))
                {
                    await foreach (var line in reading.Audit.ReadAsync(name, 1, cancellationToken).ConfigureAwait(false))
                    {
                        context.Io.WriteBytes([.. line.Span, (byte)'\n']);
                    }
                }

                return 0;
            });

    private static Command Head(CommonOptions options, Option<string?> tenant) =>
        new Command("head", "Print each chain's last record number and hash, to be kept elsewhere")
            .OfDirectory(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var reading = context.Read();
                var heads = new List<(string Tenant, long Seq, string Hash)>();
                foreach (var name in await TenantsAsync(reading.Audit, context.Get(tenant), cancellationToken).ConfigureAwait(false))
                {
                    ReadOnlyMemory<byte> last = default;
                    await foreach (var line in reading.Audit.ReadAsync(name, 1, cancellationToken).ConfigureAwait(false))
                    {
                        last = line;
                    }

                    if (!last.IsEmpty)
                    {
                        using var json = JsonDocument.Parse(last);
                        heads.Add(
                            (name, json.RootElement.GetProperty("seq").GetInt64(), json.RootElement.GetProperty("hash").GetString()!)
                        );
                    }
                }

                Write(context, heads);
                return 0;
            });

    private static void Write(CommandContext context, IReadOnlyList<(string Tenant, long Seq, string Hash)> heads)
    {
        if (!context.Io.Json)
        {
            foreach (var (name, seq, hash) in heads)
            {
                context.Io.Say($"{name} {seq} {hash}");
            }

            return;
        }

        context.Io.WriteJson(writer =>
        {
            writer.WriteStartArray();
            foreach (var (name, seq, hash) in heads)
            {
                writer.WriteStartObject();
                writer.WriteString("tenant", name);
                writer.WriteNumber("seq", seq);
                writer.WriteString("hash", hash);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private static async ValueTask<IReadOnlyList<string>> TenantsAsync(IAuditLog audit, string? one, CancellationToken cancellationToken)
    {
        if (one is not null)
        {
            return [one];
        }

        var all = new List<string>();
        await foreach (var tenant in audit.ListTenantsAsync(cancellationToken).ConfigureAwait(false))
        {
            all.Add(tenant);
        }

        return all;
    }
}
