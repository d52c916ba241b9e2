using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoopCluster.Engine.Tools;

/// <summary>
/// The one form of a path below the workspace: relative, forward slashes, no empty, <c>.</c> or <c>..</c> part; empty for the root itself.
/// Models also write <c>./a</c> and <c>/workspace/a</c>; arguments get the one form before the policy sees them, so that a rule about
/// <c>secrets/</c> cannot be passed by another spelling.
/// </summary>
internal static class WorkspacePath
{
    private const string Mount = "/workspace";

    public static bool TryCanonicalise(string path, out string canonical, out string error)
    {
        canonical = error = "";
        if (path == Mount || path.StartsWith(Mount + "/", StringComparison.Ordinal))
        {
            path = path[Mount.Length..].TrimStart('/');
        }

        if (path.StartsWith('/'))
        {
            error = "must be relative to the workspace, such as src/main.py";
            return false;
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            error = "must not contain the character NUL";
            return false;
        }

        var parts = path.Split('/').Where(part => part is not ("" or ".")).ToArray();
        if (parts.Contains(".."))
        {
            error = "must not contain '..'";
            return false;
        }

        canonical = string.Join('/', parts);
        return true;
    }

    /// <summary>The arguments with <paramref name="name"/> in its one form; the same element when it has it already.</summary>
    public static bool TryCanonicalise(JsonElement arguments, string name, out JsonElement canonical, out string error)
    {
        canonical = arguments;
        error = "";
        if (!arguments.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
        {
            return true;
        }

        var given = value.GetString()!;
        if (!TryCanonicalise(given, out var path, out error))
        {
            return false;
        }

        if (path != given)
        {
            var edited = JsonObject.Create(arguments)!;
            edited[name] = path;
            canonical = JsonSerializer.SerializeToElement(edited);
        }

        return true;
    }
}
