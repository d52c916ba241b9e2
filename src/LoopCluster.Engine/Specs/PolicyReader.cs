using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Engine.Specs;

/// <summary>Reads <c>{ rules: [ { tool, arguments: { NAME: REGEX }, effect } ] }</c>.</summary>
public static class PolicyReader
{
    private const int MostRules = 1000;

    /// <param name="path">Prefix of every fault's path, for example the file's name; may be empty.</param>
    /// <exception cref="BadInputException"><c>policy-invalid</c>, with every fault.</exception>
    public static PolicySpec Read(JsonElement root, string path = "")
    {
        var faults = new SpecFaults();
        var policy = Read(root, path, faults);
        faults.ThrowIfAny("policy-invalid");
        return policy;
    }

    internal static PolicySpec Read(JsonElement root, string path, SpecFaults faults)
    {
        if (SpecObject.Open(root, path, faults) is not { } policy)
        {
            return new PolicySpec();
        }

        policy.Require("rules", "a list of { tool, arguments, effect }; an empty list denies every call");
        var rules = new List<PolicyRule>();
        foreach (var (at, value) in policy.Array("rules", MostRules))
        {
            if (SpecObject.Open(value, at, faults) is { } rule)
            {
                rules.Add(ReadRule(rule));
            }
        }

        policy.Close();
        return new PolicySpec { Rules = rules };
    }

    private static PolicyRule ReadRule(SpecObject rule)
    {
        rule.Require("tool", "the name of a tool, or a pattern such as files__*");
        rule.Require("effect", "allow, ask or deny");
        var read = new PolicyRule
        {
            Tool = rule.Text("tool", 128, CheckTool) ?? "",
            Arguments = ReadArguments(rule.Object("arguments")),
            // The value stands for a faulty one only until the faults are thrown; deny keeps even that safe.
            Effect = rule.Choice("effect", ("allow", PolicyEffect.Allow), ("ask", PolicyEffect.Ask), ("deny", PolicyEffect.Deny))
                ?? PolicyEffect.Deny,
        };
        rule.Close();
        return read;
    }

    private static Dictionary<string, string> ReadArguments(SpecObject? arguments)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in arguments?.Keys ?? [])
        {
            if (arguments!.Text(name, LinearRegex.MaxLength * 4, CheckRegex) is { } pattern)
            {
                read.Add(name, pattern);
            }
        }

        return read;
    }

    private static string? CheckTool(string tool) =>
        tool.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '*' or '?')
            ? null
            : "must be a tool's name; * and ? stand for any characters and one";

    private static string? CheckRegex(string pattern) =>
        LinearRegex.TryCreate(pattern, multiline: false, out _, out var error) ? null : error;
}
