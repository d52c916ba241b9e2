using System.Reflection;
using System.Runtime.InteropServices;

namespace LoopCluster.ArchitectureTests;

/// <summary>Looks at the compiled product: a number or a layout of the kernel's that is written twice is wrong twice.</summary>
public sealed class SystemCallTests
{
    private const BindingFlags All =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static MethodInfo[] Calls { get; } =
    [
        .. ProductAssemblies
            .All.SelectMany(a => a.GetTypes())
            .SelectMany(t => t.GetMethods(All))
            .Where(m => m.Attributes.HasFlag(MethodAttributes.PinvokeImpl)),
    ];

    [Fact]
    public void SystemCalls_AllOfTheProduct_AreDeclaredInRuntimeLinux()
    {
        Calls.ShouldNotBeEmpty();
        Calls
            .Where(c => Outermost(c.DeclaringType!).Namespace != "LoopCluster.Runtime.Linux")
            .Select(c => $"{c.DeclaringType}.{c.Name}")
            .ShouldBeEmpty();
    }

    /// <summary>One entry point may have several shapes (syscall(2) has), but no shape twice.</summary>
    [Fact]
    public void SystemCalls_EachShape_IsDeclaredOnce()
    {
        Calls
            .GroupBy(c =>
                $"{c.GetCustomAttribute<DllImportAttribute>()!.EntryPoint}({string.Join(", ", c.GetParameters().Select(p => p.ParameterType))})"
            )
            .Where(g => g.Count() > 1)
            .Select(g => g.Key)
            .ShouldBeEmpty();
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
