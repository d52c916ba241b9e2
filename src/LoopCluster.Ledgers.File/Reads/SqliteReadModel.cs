using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Reads;

/// <summary>
/// The read model of a data directory: <c>reads/loops.db</c>. The holder of the directory's lock writes; readers of other processes read
/// beside it and never create anything. A file that is damaged or of another version is removed by the holder and is nothing to a reader.
/// </summary>
public sealed partial class SqliteReadModel : IReadModel, IDisposable
{
    public const string Directory = "reads";

    public const string FileName = "loops.db";

    private const int BusySeconds = 5;

    /// <summary>
    /// A reader, who may be there for one list, checks files up to this size (a few milliseconds); the holder checks every one, once.
    /// </summary>
    private const long MostReaderChecks = 16 << 20;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Lock _lock = new();
    private readonly string _file;
    private readonly bool _writes;
    private readonly ILogger _logger;
    private SqliteConnection? _connection;
    private bool _refused;

    private SqliteReadModel(string directory, bool writes, ILogger logger) =>
        (_file, _writes, _logger) = (Path.Combine(directory, Directory, FileName), writes, logger);

    /// <summary>Of the directory whose lock is held. Nothing is opened before the first use, so this never fails.</summary>
    public static SqliteReadModel Own(DataDirectoryLock directory, ILogger<SqliteReadModel> logger) =>
        new(directory.Path, writes: true, logger);

    /// <summary>Beside whoever holds the directory.</summary>
    public static SqliteReadModel Beside(string directory, ILogger<SqliteReadModel> logger) => new(directory, writes: false, logger);

    public ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken) =>
        Use(connection =>
        {
            using var command = Command(connection, ReadModelSql.Find, ("$id", loop.Value));
            return command.ExecuteScalar() is byte[] stored ? RowSeal.Read(stored, RecordJson.Default.LoopSummary) : null;
        });

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(query.Limit, 1, LoopQuery.MostLoops);
        var before = query.Cursor is { } cursor ? LoopCursor.Parse(cursor) : new LoopCursor(long.MaxValue, default);
        return Use(
            connection =>
            {
                using var command = Command(
                    connection,
                    ReadModelSql.List(query.Tenant is not null, query.Status is not null),
                    ("$created", before.CreatedMs),
                    ("$id", before.Id.Value ?? ""),
                    ("$limit", limit + 1)
                );
                Bind(command, "$tenant", query.Tenant);
                Bind(command, "$status", query.Status is { } status ? (int)status : null);
                var found = new List<LoopSummary>();
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    var loop = RowSeal.Read(reader.GetFieldValue<byte[]>(0), RecordJson.Default.LoopSummary);
                    // What a loop is found by is what it says.
                    found.Add(
                        (loop.Tenant, (long)loop.Status, loop.Created.ToUnixTimeMilliseconds())
                        == (reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3))
                            ? loop
                            : throw RowSeal.Broken()
                    );
                }

                return found.Count > limit
                    ? new LoopPage(found[..limit], LoopCursor.Of(found[limit - 1]).ToString())
                    : new LoopPage(found, null);
            },
            new LoopPage([], null)
        );
    }

    public ValueTask<LoopRecord?> ReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken) =>
        Use(connection =>
        {
            using var command = Command(connection, ReadModelSql.Read, ("$id", loop.Value), ("$seq", atLeast));
            return command.ExecuteScalar() is byte[] stored ? RowSeal.Read(stored, RecordJson.Default.LoopRecord) : null;
        });

    public async IAsyncEnumerable<RecordPlace> ListPlacesAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var places = await Use<IReadOnlyList<RecordPlace>>(
                connection =>
                {
                    var found = new List<RecordPlace>();
                    using var command = Command(connection, ReadModelSql.Places);
                    using var reader = command.ExecuteReader();
                    while (reader.Read())
                    {
                        var (id, seq, head, parent) = (
                            reader.GetString(0),
                            reader.GetInt64(4),
                            reader.GetString(5),
                            reader.IsDBNull(6) ? null : reader.GetString(6)
                        );
                        found.Add(
                            RowSeal.OfColumns(id, reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), seq, head, parent)
                            == reader.GetInt64(7)
                                ? new RecordPlace(new LoopId(id), seq, head, parent is null ? null : new LoopId(parent))
                                : throw RowSeal.Broken()
                        );
                    }

                    return found;
                },
                []
            )
            .ConfigureAwait(false);
        foreach (var place in places)
        {
            yield return place;
        }
    }

    public async ValueTask WriteAsync(IReadOnlyList<LoopRecord> records, CancellationToken cancellationToken) =>
        await Use(connection =>
            {
                using var group = connection.BeginTransaction();
                using var command = Command(connection, ReadModelSql.Write);
                command.Transaction = group;
                foreach (
                    var name in (string[])
                        ["$id", "$tenant", "$status", "$created", "$seq", "$head", "$parent", "$seal", "$summary", "$record"]
                )
                {
                    command.Parameters.Add(new SqliteParameter { ParameterName = name });
                }

                foreach (var record in records)
                {
                    var (id, tenant, status, created) = (
                        record.Summary.Id.Value,
                        record.Summary.Tenant,
                        (long)record.Summary.Status,
                        record.Summary.Created.ToUnixTimeMilliseconds()
                    );
                    var parent = record.Ancestors is [.., var nearest] ? nearest.Loop.Value : null;
                    object[] values =
                    [
                        id,
                        tenant,
                        status,
                        created,
                        record.Seq,
                        record.Head,
                        parent is null ? DBNull.Value : parent,
                        RowSeal.OfColumns(id, tenant, status, created, record.Seq, record.Head, parent),
                        RowSeal.Write(record.Summary, RecordJson.Default.LoopSummary),
                        RowSeal.Write(record, RecordJson.Default.LoopRecord),
                    ];
                    for (var i = 0; i < values.Length; i++)
                    {
                        command.Parameters[i].Value = values[i];
                    }

                    command.ExecuteNonQuery();
                }

                group.Commit();
                return true;
            })
            .ConfigureAwait(false);

    public async ValueTask RemoveAsync(IReadOnlyList<LoopId> loops, CancellationToken cancellationToken) =>
        await Use(connection =>
            {
                using var group = connection.BeginTransaction();
                foreach (var loop in loops)
                {
                    using var command = Command(connection, ReadModelSql.Remove, ("$id", loop.Value));
                    command.Transaction = group;
                    command.ExecuteNonQuery();
                }

                group.Commit();
                return true;
            })
            .ConfigureAwait(false);

    public void Dispose()
    {
        lock (_lock)
        {
            Close();
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static void Bind(SqliteCommand command, string name, object? value)
    {
        if (value is not null)
        {
            command.Parameters.AddWithValue(name, value);
        }
    }

    private ValueTask<T> Use<T>(Func<SqliteConnection, T> act, T none = default!)
    {
        lock (_lock)
        {
            try
            {
                return new ValueTask<T>(Open() is { } connection ? act(connection) : none);
            }
            catch (Exception fault) when (IsDamage(fault))
            {
                Discard(fault.Message);
                throw Unavailable(fault);
            }
            catch (Exception fault)
                when (fault
                        is SqliteException
                            or IOException
                            or UnauthorizedAccessException
                            or DllNotFoundException
                            or TypeInitializationException
                )
            {
                Close();
                throw Unavailable(fault);
            }
        }
    }

    /// <summary>The connection; null for a reader where there is no file, or none of this version.</summary>
    private SqliteConnection? Open()
    {
        if (_connection is { } open)
        {
            return open;
        }

        if (!_writes)
        {
            return !_refused && System.IO.File.Exists(_file) ? _connection = OpenReader() : null;
        }

        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(_file)!, Private);
        try
        {
            return _connection = OpenWriter();
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            Discard(fault.Message);
            return _connection = OpenWriter();
        }
    }

    private SqliteConnection? OpenReader()
    {
        var connection = Connect(SqliteOpenMode.ReadOnly);
        try
        {
            if (VersionOf(connection) == RecordJson.Version)
            {
                if (new FileInfo(_file).Length <= MostReaderChecks)
                {
                    RequireSound(connection);
                }

                return connection;
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        connection.Dispose();
        return null;
    }

    private SqliteConnection OpenWriter()
    {
        var connection = Connect(SqliteOpenMode.ReadWriteCreate);
        try
        {
            Execute(connection, ReadModelSql.Writer);
            var version = VersionOf(connection);
            if (version != RecordJson.Version && version != 0)
            {
                connection.Dispose();
                Discard("was written by another version");
                connection = Connect(SqliteOpenMode.ReadWriteCreate);
                Execute(connection, ReadModelSql.Writer);
                version = 0;
            }

            if (version == 0)
            {
                CreateSchema(connection);
            }
            else
            {
                RequireSound(connection);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Schema and version are there together or not at all.</summary>
    private static void CreateSchema(SqliteConnection connection)
    {
        using var all = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = all;
        command.CommandText = ReadModelSql.Create;
        command.ExecuteNonQuery();
        // A pragma takes no parameters; the version is a number of ours.
        command.CommandText = FormattableString.Invariant($"{ReadModelSql.Version} = {RecordJson.Version}");
        command.ExecuteNonQuery();
        all.Commit();
    }

    /// <summary>Not pooled: the connection is this object's, and a removed file must not stay open.</summary>
    private SqliteConnection Connect(SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = _file,
                Mode = mode,
                Pooling = false,
                DefaultTimeout = BusySeconds,
            }.ToString()
        );
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static long VersionOf(SqliteConnection connection)
    {
        using var command = Command(connection, ReadModelSql.Version);
        return (long)command.ExecuteScalar()!;
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using var command = Command(connection, text);
        command.ExecuteNonQuery();
    }

    /// <exception cref="JsonException">A table or an index is damaged: rows might be missing from lists.</exception>
    private static void RequireSound(SqliteConnection connection)
    {
        using var command = Command(connection, ReadModelSql.Check);
        if (command.ExecuteScalar() is not "ok")
        {
            throw new JsonException("is damaged");
        }
    }

    /// <summary>
    /// A row that is not what was written, or SQLITE_CORRUPT, SQLITE_NOTADB, and SQLITE_ERROR: a table or column that a file of this
    /// version has is not there.
    /// </summary>
    private static bool IsDamage(Exception fault) =>
        fault is JsonException or FormatException or InvalidCastException or SqliteException { SqliteErrorCode: 1 or 11 or 26 };

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }

    /// <summary>The next use begins with an empty file.</summary>
    private void Discard(string reason)
    {
        Close();
        if (!_writes)
        {
            // Looked at once: the holder's is to make it anew.
            _refused = true;
            return;
        }

        LogRemoved(_logger, _file, reason);
        foreach (var file in (string[])[_file, _file + "-wal", _file + "-shm"])
        {
            System.IO.File.Delete(file);
        }
    }

    private InfrastructureException Unavailable(Exception fault) =>
        new(
            "read-model-unavailable",
            $"The read model '{_file}' cannot be used: {fault.Message} Lists take longer until it can; loops are not touched.",
            fault
        );
}
