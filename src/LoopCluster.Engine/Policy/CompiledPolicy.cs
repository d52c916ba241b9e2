using System.IO.Enumeration;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Policy;

/// <summary>The rules of a policy with their patterns built.</summary>
internal sealed class CompiledPolicy(PolicySpec policy)
{
    public IReadOnlyList<CompiledRule> Rules { get; } = [.. policy.Rules.Select(rule => new CompiledRule(rule))];
}

internal sealed class CompiledRule
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _tool;
    private readonly (string Name, Regex? Pattern)[] _arguments;

    public CompiledRule(PolicyRule rule)
    {
        _tool = rule.Tool;
        Effect = rule.Effect;
        Reason =
            $"a rule for {rule.Tool}{(rule.Arguments.Count == 0 ? "" : $" with {string.Join(", ", rule.Arguments.Keys)}")} says {rule.Effect.ToString().ToLowerInvariant()}";
        _arguments =
        [
            .. rule.Arguments.Select(pair =>
                (pair.Key, LinearRegex.TryCreate(pair.Value, multiline: false, out var regex, out _) ? regex : null)
            ),
        ];
    }

    public PolicyEffect Effect { get; }

    public string Reason { get; }

    public bool Matches(string tool, JsonElement arguments) =>
        FileSystemName.MatchesSimpleExpression(_tool, tool, ignoreCase: false)
        && Array.TrueForAll(_arguments, argument => Matches(argument.Name, argument.Pattern, arguments));

    private bool Matches(string name, Regex? pattern, JsonElement arguments)
    {
        // Readers refuse a bad pattern. Should one be here all the same, it closes doors and opens none.
        if (pattern is null)
        {
            return Effect != PolicyEffect.Allow;
        }

        if (arguments.ValueKind != JsonValueKind.Object || !arguments.TryGetProperty(name, out var value))
        {
            return false;
        }

        // Too long to be matched within bounds: as with a bad pattern, doors close and none opens. A part alone would let padding hide the
        // rest.
        var text = Form(value);
        return text.Length > LinearRegex.MostCharacters(pattern) ? Effect != PolicyEffect.Allow : pattern.IsMatch(text);
    }

    /// <summary>Text as it is; anything else as compact JSON, so that spacing and escapes cannot dodge a pattern.</summary>
    private static string Form(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : JsonSerializer.Serialize(value, Plain);
}
