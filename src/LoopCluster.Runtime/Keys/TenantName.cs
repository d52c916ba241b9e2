using LoopCluster.Engine.Errors;

namespace LoopCluster.Runtime.Keys;

/// <summary>Names of tenants: 1 to 40 characters of <c>a-z 0-9 -</c>, so that they are safe as labels, parts of keys and paths.</summary>
public static class TenantName
{
    public const int Longest = 40;

    public static bool IsValid(string? text) =>
        text is { Length: > 0 and <= Longest }
        && text[0] != '-'
        && text[^1] != '-'
        && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    /// <exception cref="BadInputException"><c>tenant-invalid</c>.</exception>
    public static string Require(string? text) =>
        IsValid(text)
            ? text!
            : throw new BadInputException(
                "tenant-invalid",
                "TENANT",
                $"a tenant's name has 1 to {Longest} characters of a-z, 0-9 and '-', and neither begins nor ends with '-'"
            );
}
