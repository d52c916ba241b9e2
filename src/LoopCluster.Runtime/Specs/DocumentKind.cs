namespace LoopCluster.Runtime.Specs;

/// <summary>What a document is that a person writes, for messages about it.</summary>
/// <param name="Name">For example <c>spec</c>.</param>
/// <param name="Unreadable">Code for a file that cannot be read.</param>
/// <param name="Invalid">Code for what is wrong in it.</param>
/// <param name="Needs">What to write into an empty one.</param>
internal sealed record DocumentKind(string Name, string Unreadable, string Invalid, string Needs)
{
    public static DocumentKind Spec { get; } =
        new("spec", "spec-unreadable", "spec-invalid", "write at least goal, workspace, model and gates");

    public static DocumentKind Policy { get; } =
        new("policy", "policy-unreadable", "policy-invalid", "write rules: [ { tool: NAME, effect: allow } ]");

    public static DocumentKind Models { get; } =
        new("models file", "models-invalid", "models-invalid", "write models: { NAME: { url: URL, model: NAME } }, or remove the file");

    public static DocumentKind Script { get; } = new("script", "script-invalid", "script-invalid", "write replies: [ { text: TEXT } ]");
}
