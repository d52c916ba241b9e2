using System.Reflection;
using System.Text;
using LoopCluster.Grains.Loops;
using Orleans.CodeGeneration;

namespace LoopCluster.Grains.Tests.Contracts;

/// <summary>
/// Silos of two versions talk to each other during an upgrade. What they say is written down in contracts.txt: a name or an id that changes
/// its meaning breaks a cluster that is being upgraded, so this file is only ever added to.
/// </summary>
public sealed class GrainContractTests
{
    [Fact]
    public void Contracts_AreThoseWrittenDown()
    {
        var written = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contracts", "contracts.txt"));

        Describe().ReplaceLineEndings("\n").ShouldBe(written.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void EveryTypeAndMethod_HasAnAliasOfItsOwn()
    {
        var aliases = Contracts().Select(Alias).ToArray();

        aliases.ShouldBeUnique();
        aliases.ShouldAllBe(a => a.StartsWith("loopcluster.", StringComparison.Ordinal));
        foreach (var type in Contracts().Where(t => t.IsInterface))
        {
            type.GetMethods().Select(Alias).ShouldBeUnique();
        }
    }

    private static string Describe()
    {
        var text = new StringBuilder();
        foreach (var type in Contracts().OrderBy(Alias, StringComparer.Ordinal))
        {
            var version = type.GetCustomAttribute<VersionAttribute>() is { } v ? $" version {v.Version}" : "";
            text.Append(type.IsInterface ? "interface " : "message ").Append(Alias(type)).Append(version).Append('\n');
            var members = type.IsInterface
                ? type.GetMethods()
                    .Select(m =>
                        $"  {Alias(m)}({string.Join(", ", m.GetParameters().Select(p => Name(p.ParameterType)))}) -> {Name(m.ReturnType)}"
                    )
                    .Order(StringComparer.Ordinal)
                : type.GetProperties()
                    .Where(p => p.IsDefined(typeof(IdAttribute)))
                    .OrderBy(p => p.GetCustomAttribute<IdAttribute>()!.Id)
                    .Select(p => $"  {p.GetCustomAttribute<IdAttribute>()!.Id} {p.Name}: {Name(p.PropertyType)}");
            foreach (var member in members)
            {
                text.Append(member).Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>Everything that crosses silos: grain, observer and service interfaces, and what they carry.</summary>
    private static IEnumerable<Type> Contracts() =>
        typeof(ILoopGrain)
            .Assembly.GetTypes()
            .Where(t =>
                (t.IsInterface && typeof(Orleans.Runtime.IAddressable).IsAssignableFrom(t))
                || t.IsDefined(typeof(GenerateSerializerAttribute))
            );

    private static string Alias(MemberInfo member) =>
        member.GetCustomAttribute<AliasAttribute>()?.Alias
        ?? throw new ShouldAssertException($"{member.DeclaringType?.Name}.{member.Name} has no alias");

    private static string Name(Type type) =>
        type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.Name;
}
