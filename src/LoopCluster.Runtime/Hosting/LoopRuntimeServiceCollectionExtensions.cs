using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Reviews;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Skills;
using LoopCluster.Runtime.Tools;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Everything a host needs beside its drivers.</summary>
public static class LoopRuntimeServiceCollectionExtensions
{
    /// <summary>Adds <see cref="ParkedLoops"/>, configured from <c>LoopCluster:Parked</c>. Needs <see cref="LocalLoopHost"/>.</summary>
    public static IServiceCollection AddParkedLoops(this IServiceCollection services)
    {
        services.AddOptions<ParkedLoopsOptions>().BindConfiguration(ParkedLoopsOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ParkedLoopsOptions>, ParkedLoopsOptionsValidator>());
        services.TryAddSingleton<ParkedLoops>();
        return services;
    }

    /// <summary>
    /// Adds <see cref="LoopPorts"/>, <see cref="LoopStarter"/> and what they are made of, over <paramref name="data"/>. The executable adds
    /// the drivers: a ledger with blobs and audit log, workspaces, models, and a sandbox, which is to be there by now. What was registered
    /// before (another clock, another key) stays.
    /// </summary>
    /// <param name="secrets">Names of environment variables to redact beside those the models file names.</param>
    public static IServiceCollection AddLoopRuntime(
        this IServiceCollection services,
        DataDirectory data,
        ModelCatalog models,
        IEnumerable<string?> secrets
    )
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddTools();
        services.TryAddSingleton(models);
        services.TryAddSingleton(
            SecretRedactor.ForVariables(
                SecretNames.With(
                    secrets
                        .Concat(models.Models.Select(m => m.KeyEnv))
                        .Concat(models.Models.SelectMany(m => m.Dialect?.HeaderVariables() ?? []))
                )
            )
        );
        services.TryAddSingleton(new ProofKey(data.Keys));
        services.TryAddSingleton(p => new ProofWriter(
            p.GetRequiredService<IWorkspaces>(),
            p.GetRequiredService<IBlobStore>(),
            p.GetRequiredService<ProofKey>(),
            data.Proofs
        ));
        services.TryAddSingleton(p => new SkillLibraries(
            p.GetRequiredService<IBlobStore>(),
            p.GetRequiredService<TimeProvider>(),
            data.Skills
        ));
        services.TryAddSingleton<BasePreparer>();
        services.TryAddSingleton<EndpointHealth>();
        services.TryAddSingleton<ModelRouter>();
        services.TryAddSingleton<LoopRecords>();
        services.TryAddSingleton<LoopReviews>();
        services.TryAddSingleton<IAccountStore, MemoryAccountStore>();
        services.TryAddSingleton<TenantAccounts>();
        services.TryAddSingleton<LoopPorts>();
        services.AddTenantLimits();
        services.AddSandboxSlots();
        services.TryAddSingleton<LoopStarter>();
        services.TryAddSingleton<LoopArtifacts>();
        services.TryAddSingleton(p => new SignalRecorder(p.GetRequiredService<LoopPorts>(), p.GetRequiredService<ILogger<LoopDriver>>()));
        return services;
    }
}
