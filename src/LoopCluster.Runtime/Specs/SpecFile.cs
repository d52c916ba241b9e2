using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Specs;

/// <summary>Reads specs, YAML or JSON, from files and requests. A spec file's relative paths start from its own directory.</summary>
public static class SpecFile
{
    /// <exception cref="BadInputException"><c>spec-unreadable</c>: no such file; <c>spec-invalid</c>: every fault with its path, file and
    /// line.</exception>
    public static LoopSpec Read(string path)
    {
        var file = Path.GetFullPath(path);
        return DocumentFile.Read(file, DocumentKind.Spec, document =>
            LoopSpecReader.Read(document, SpecOrigin.File(Path.GetDirectoryName(file)!, ReadPolicyFile))
        );
    }

    /// <summary>A document at hand; <see cref="SpecOrigin.Api"/> for one that came over the network.</summary>
    /// <exception cref="BadInputException"><c>spec-invalid</c> or <c>spec-path-not-allowed</c>, with every fault.</exception>
    public static LoopSpec Parse(string text, SpecOrigin origin) => LoopSpecReader.Read(YamlJson.Parse(text, "spec-invalid"), origin);

    /// <inheritdoc cref="Parse(string, SpecOrigin)"/>
    public static LoopSpec Parse(ReadOnlySpan<byte> utf8, SpecOrigin origin) =>
        LoopSpecReader.Read(YamlJson.Parse(utf8, "spec-invalid"), origin);

    /// <summary>A policy document, such as the workspace's own <c>.agent/policy.yaml</c>.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="BadInputException"><c>policy-invalid</c>, with every fault.</exception>
    public static PolicySpec ParsePolicy(string text, string name)
    {
        try
        {
            return DocumentFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), name, DocumentKind.Policy, document =>
                PolicyReader.Read(document)
            );
        }
        catch (BadInputException invalid)
        {
            throw new BadInputException(
                invalid.Code,
                [
                    .. invalid.Faults.Select(fault => new InputFault(
                        name,
                        fault.Path.Length == 0 ? fault.Message : $"{fault.Path}: {fault.Message}"
                    )),
                ]
            );
        }
    }

    private static JsonElement ReadPolicyFile(string file) => DocumentFile.Read(file, DocumentKind.Policy, document => document);
}
