namespace LoopCluster.Engine.Gates;

/// <summary>go, cargo, dotnet, Maven and Gradle.</summary>
public sealed partial class ProtectionPlan
{
    private void ReadOthers(string name, List<string?> arguments, string directory)
    {
        switch (name)
        {
            case "go" when arguments.FirstOrDefault() is "test" or "vet":
            case "gotestsum" or "ginkgo":
                Collect("go", directory, "**/*_test.go", "**/testdata/**", "{go.mod,go.work}");
                Steer("", "**/go.work", "**/vendor/**");
                break;
            case "cargo" when arguments.Any(a => a is "test" or "nextest" or "t" or "miri" or "llvm-cov" or "tarpaulin"):
                Collect(
                    "cargo",
                    directory,
                    "**/tests/**",
                    "**/Cargo.toml",
                    ".cargo/**",
                    "**/{rust-toolchain,rust-toolchain.toml}",
                    ".config/nextest.toml"
                );
                Steer("", "**/.cargo/{config,config.toml}", "**/{rust-toolchain,rust-toolchain.toml}", "**/.config/nextest.toml");
                break;
            case "dotnet" when arguments.FirstOrDefault() is "test" or "vstest" or "run":
                Collect(
                    "dotnet",
                    directory,
                    "**/{*Tests,*.Tests,*Test,*.Test,*Specs,tests,test}/**/*.{cs,fs,vb}",
                    "**/*{Tests,Test,Specs}.{cs,fs,vb}",
                    "**/*{Tests,Test,Specs}.{csproj,fsproj,vbproj}",
                    "**/*.{sln,slnx,slnf,runsettings}",
                    DotnetConfiguration
                );
                Steer("", "**/*.runsettings", DotnetConfiguration);
                break;
            case "mvn" or "mvnw" or "mvnd":
                Collect("junit", directory, "**/src/test/**", "**/pom.xml", ".mvn/**");
                Steer(
                    "",
                    "**/.mvn/**",
                    "**/{junit-platform.properties,surefire.properties}",
                    "**/META-INF/services/org.junit*",
                    "**/META-INF/services/org.testng*"
                );
                break;
            case "gradle" or "gradlew":
                Collect(
                    "junit",
                    directory,
                    "**/src/test/**",
                    "**/*.{gradle,gradle.kts}",
                    "**/gradle.properties",
                    "gradle/**",
                    "buildSrc/**",
                    "gradlew"
                );
                Steer(
                    "",
                    "**/*.{gradle,gradle.kts}",
                    "**/gradle.properties",
                    "buildSrc/**",
                    "**/junit-platform.properties",
                    "**/META-INF/services/org.junit*"
                );
                break;
        }
    }

    private const string DotnetConfiguration =
        "**/{Directory.Build.props,Directory.Build.targets,Directory.Packages.props,Directory.Solution.props,Directory.Solution.targets,Directory.Build.rsp,MSBuild.rsp,global.json,xunit.runner.json,testconfig.json,nuget.config,NuGet.config,NuGet.Config,.runsettings}";
}
