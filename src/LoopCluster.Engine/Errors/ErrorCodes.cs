using System.Collections.Frozen;

namespace LoopCluster.Engine.Errors;

/// <summary>
/// Every code an error of the product may have, in a problem over HTTP, in <c>--json</c> and in ledgers. A code that is not here is thrown
/// nowhere.
/// </summary>
public static class ErrorCodes
{
    public static readonly IReadOnlyList<ErrorCode> All =
    [
        new("spec-invalid", ErrorKind.Input, "The task has faults; each is told with its path."),
        new("spec-unreadable", ErrorKind.Input, "The task's file cannot be read."),
        new("yaml-invalid", ErrorKind.Input, "The file is no YAML that is taken: the line is told."),
        new(
            "spec-path-not-allowed",
            ErrorKind.Input,
            "A task that comes over the network names a local path or an address inside. Give inline files, a public https:// repository, or ask the operator to open the host."
        ),
        new("sandbox-limit", ErrorKind.Input, "The task asks for more of the sandbox than this server allows."),
        new("script-invalid", ErrorKind.Input, "The scripted model's replies have faults."),
        new("script-unreadable", ErrorKind.Input, "The script's file cannot be read."),
        new("models-invalid", ErrorKind.Input, "The models file has faults."),
        new("unknown-model", ErrorKind.Input, "No model of this name is known here."),
        new("judge-family", ErrorKind.Input, "A judge is of the maker's model family, or its family is not known."),
        new("price-missing", ErrorKind.Input, "A ceiling of cost is given and a model has no price."),
        new("skill-invalid", ErrorKind.Input, "A skill's file is none; what is wrong with it is told."),
        new("policy-invalid", ErrorKind.Input, "A policy has faults."),
        new("policy-unreadable", ErrorKind.Input, "The policy's file cannot be read."),
        new(
            "workspace-unreadable",
            ErrorKind.Input,
            "There is no such directory, repository or ref, or it holds what no workspace can be."
        ),
        new("branch-in-the-way", ErrorKind.Input, "The repository has a branch that stands where the result would go."),
        new("request-invalid", ErrorKind.Input, "The request's body or a name in it is not well-formed."),
        new("query-invalid", ErrorKind.Input, "A parameter of the query is unknown, missing or out of range."),
        new("bad-cursor", ErrorKind.Input, "The cursor is none of ours."),
        new("unknown-entry", ErrorKind.Input, "The loop has no entry of this number."),
        new("idempotency-key-invalid", ErrorKind.Input, "The Idempotency-Key is too long or has other characters than those taken."),
        new("text-too-long", ErrorKind.Input, "A message, reason or name is longer than one entry keeps."),
        new("tenant-invalid", ErrorKind.Input, "A tenant's name has 1 to 40 characters of a-z, 0-9 and -."),
        new("arguments-invalid", ErrorKind.Input, "The arguments are no JSON object."),
        new("workspace-file", ErrorKind.Input, "A file operation that a model asked for cannot be done; it is told to the model."),
        new("audit-record-invalid", ErrorKind.Input, "A line of the audit log is none."),
        new("entry-too-large", ErrorKind.Input, "A ledger line is longer than any that is written."),
        new("bad-configuration", ErrorKind.Input, "Settings have faults; each is told with its key."),
        new("usage", ErrorKind.Input, "The command line has faults."),
        new("ambiguous-loop", ErrorKind.Input, "Several loops begin with this text."),
        new("unknown-key", ErrorKind.Input, "No key has this prefix."),
        new("unknown-silo", ErrorKind.Input, "The local cluster has no such silo."),
        new("cluster-not-up", ErrorKind.Input, "No local cluster is up."),
        new("cluster-state-unreadable", ErrorKind.Input, "What is kept of the local cluster cannot be read."),
        new("address-unusable", ErrorKind.Input, "The API cannot be served at this address."),
        new("data-directory-in-use", ErrorKind.Input, "Another process holds the data directory and does not answer."),
        new("data-directory-unusable", ErrorKind.Input, "The data directory cannot be made or written."),
        new("directory-not-empty", ErrorKind.Input, "The directory to write to has files."),
        new("key-unreadable", ErrorKind.Input, "The proof key cannot be read."),
        new("proof-unreadable", ErrorKind.Input, "The file is no proof."),
        new("server-invalid", ErrorKind.Input, "The server's address or key cannot be used."),
        new("server-not-http", ErrorKind.Input, "What answers there is no LoopCluster server."),
        new("redis-missing", ErrorKind.Input, "No redis-server is installed."),
        new("redis-unsuitable", ErrorKind.Input, "The Redis server is not set up as a ledger needs it."),
        new("blob-too-large", ErrorKind.Input, "A content is larger than the store takes."),
        new("redis-layout-unknown", ErrorKind.Input, "What Redis holds under this prefix was written by a newer version."),
        new("redis-prefix-taken", ErrorKind.Input, "Another cluster uses this prefix of the Redis server."),
        new("unauthorized", ErrorKind.Unauthorized, "No key, a wrong one or a revoked one, all the same."),
        new("unknown-loop", ErrorKind.NotFound, "There is no such loop, for this caller."),
        new("no-proof", ErrorKind.NotFound, "The loop has no proof, or it names no such file."),
        new("unknown-route", ErrorKind.NotFound, "There is nothing at this address."),
        new("loop-ended", ErrorKind.Conflict, "The loop has ended; fork it to go on."),
        new("not-verified", ErrorKind.Conflict, "Only a loop that was verified can be reviewed."),
        new("approval-not-open", ErrorKind.Conflict, "The loop does not wait for an answer to this entry."),
        new("ledger-conflict", ErrorKind.Conflict, "Somebody else changed the loop at the same time. Look at it and decide again."),
        new("media-type-unsupported", ErrorKind.Unsupported, "The body is of another type than this address takes."),
        new("method-not-allowed", ErrorKind.Unsupported, "This address does not take this method."),
        new("request-too-large", ErrorKind.Unsupported, "The request is longer than this server takes."),
        new("request-timeout", ErrorKind.Unsupported, "The request did not arrive in time."),
        new("idempotency-key-reused", ErrorKind.Reused, "The Idempotency-Key was used for another request."),
        new("too-many-streams", ErrorKind.TooMany, "The tenant has as many open event streams as it may."),
        new("draining", ErrorKind.Unavailable, "The server is about to stop and takes nothing new."),
        new("driver-ended", ErrorKind.Unavailable, "The loop's driver ended before it looked; ask again."),
        new("not-ready", ErrorKind.Unavailable, "The server is starting or stopping."),
        new("ledger-unavailable", ErrorKind.Unavailable, "The ledger cannot be read or written."),
        new("ledger-lost", ErrorKind.Unavailable, "Entries that were acknowledged are gone."),
        new("read-model-unavailable", ErrorKind.Unavailable, "Lists cannot be read."),
        new("budget-unavailable", ErrorKind.Unavailable, "What a tenant has left to spend cannot be looked up."),
        new("keys-unavailable", ErrorKind.Unavailable, "API keys cannot be looked up."),
        new("blob-missing", ErrorKind.Unavailable, "A stored content that the loop needs is not there. Restore the blobs."),
        new("blob-corrupt", ErrorKind.Unavailable, "A stored content is not what its name says."),
        new("workspace-unavailable", ErrorKind.Unavailable, "Git, the disk or the repository's server does not work now."),
        new("sandbox-unavailable", ErrorKind.Unavailable, "The container engine does not work now."),
        new("image-missing", ErrorKind.Unavailable, "The container engine does not have the image."),
        new("image-digest-mismatch", ErrorKind.Unavailable, "The image is another one than the task names."),
        new("gate-unavailable", ErrorKind.Unavailable, "A gate could not be run."),
        new("effect-failed", ErrorKind.Unavailable, "A step failed in a way that was not foreseen; the log has the details."),
        new("disk-full", ErrorKind.Unavailable, "There is no space left where it has to be written."),
        new("cluster-unavailable", ErrorKind.Unavailable, "No silo answers; it is safe to ask again."),
        new("silo-not-found", ErrorKind.Unavailable, "The silo's program is not beside the command."),
        new("silo-not-started", ErrorKind.Unavailable, "A silo did not start; its log says why."),
        new("port-taken", ErrorKind.Unavailable, "Another process listens on the port."),
        new("host-gone", ErrorKind.Unavailable, "The process that holds the data directory went away; ask again."),
        new(
            "host-of-another-version",
            ErrorKind.Unavailable,
            "The process that holds the data directory is of another version; end it first."
        ),
        new("host-socket-unavailable", ErrorKind.Unavailable, "The data directory's file system takes no socket."),
        new("server-unavailable", ErrorKind.Unavailable, "The server does not answer; it is safe to ask again."),
        new("clock-off", ErrorKind.Input, "This machine's clock differs too much from the server's."),
        new("ledger-corrupt", ErrorKind.Damaged, "The loop's ledger is damaged, so the loop is refused; others go on."),
        new("internal-error", ErrorKind.Fault, "A fault of ours; the traceId finds it in the log."),
    ];

    private static readonly FrozenDictionary<string, ErrorCode> s_byCode = All.ToFrozenDictionary(c => c.Code);

    /// <summary>Null for a code that was added by somebody else.</summary>
    public static ErrorCode? Find(string code) => s_byCode.GetValueOrDefault(code);
}
