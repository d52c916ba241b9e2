using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoopCluster.Models.OpenAI.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void AddOpenAIModels_Twice_RegistersOnce()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton<IBlobStore>(new MemoryBlobs());
        services.AddOpenAIModels().AddOpenAIModels();
        using var provider = services.BuildServiceProvider();
        provider.GetServices<IModelClient>().Count().ShouldBe(2);
    }

    [Fact]
    public void Options_Configured_AreBoundAndEveryFaultIsTold()
    {
        ServiceProvider With(params (string Key, string Value)[] settings)
        {
            var services = new ServiceCollection();
            services.AddSingleton<IConfiguration>(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(settings.ToDictionary(s => $"LoopCluster:Models:{s.Key}", s => (string?)s.Value))
                    .Build()
            );
            services.AddOpenAIModels();
            return services.BuildServiceProvider();
        }

        using var good = With(("Timeout", "00:01:00"));
        good.GetRequiredService<IOptions<OpenAIModelsOptions>>().Value.Timeout.ShouldBe(TimeSpan.FromMinutes(1));

        using var bad = With(
            ("Timeout", "00:00:00"),
            ("ConnectTimeout", "-00:00:01"),
            ("MaxConnectionsPerHost", "0"),
            ("MaxReplyBytes", "5")
        );
        var fault = Should.Throw<OptionsValidationException>(() => bad.GetRequiredService<IOptions<OpenAIModelsOptions>>().Value);
        fault.Failures.Count().ShouldBe(4);
        fault.Failures.ShouldAllBe(failure => failure.StartsWith("LoopCluster:Models:"));
    }
}
