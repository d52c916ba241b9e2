using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Admission;

internal static class SandboxSlotsServiceCollectionExtensions
{
    /// <summary>
    /// Bounds the sandbox that was registered before by <see cref="ProcessLimits.SandboxSlots"/>. To be called after it; calling it again
    /// does nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">No sandbox is registered.</exception>
    public static IServiceCollection AddSandboxSlots(this IServiceCollection services)
    {
        if (services.Any(s => s.IsKeyedService && Equals(s.ServiceKey, typeof(SlottedSandbox))))
        {
            return services;
        }

        var bare = services.LastOrDefault(s => s.ServiceType == typeof(ISandbox) && !s.IsKeyedService)
            ?? throw new InvalidOperationException("register a sandbox before its slots");
        services.AddOptions<ProcessLimits>().BindConfiguration(ProcessLimits.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ProcessLimits>, ProcessLimitsValidator>());
        // Under a key the container still makes and disposes it.
        services.Add(
            bare switch
            {
                { ImplementationInstance: { } instance } => new ServiceDescriptor(typeof(ISandbox), typeof(SlottedSandbox), instance),
                { ImplementationFactory: { } factory } => new ServiceDescriptor(
                    typeof(ISandbox),
                    typeof(SlottedSandbox),
                    (provider, _) => factory(provider),
                    bare.Lifetime
                ),
                _ => new ServiceDescriptor(typeof(ISandbox), typeof(SlottedSandbox), bare.ImplementationType!, bare.Lifetime),
            }
        );
        services.RemoveAll<ISandbox>();
        services.AddSingleton<ISandbox>(provider =>
        {
            var sandbox = provider.GetRequiredKeyedService<ISandbox>(typeof(SlottedSandbox));
            var slots = provider.GetRequiredService<IOptions<ProcessLimits>>().Value.SandboxSlots;
            return slots > 0 ? new SlottedSandbox(sandbox, slots) : sandbox;
        });
        return services;
    }
}
