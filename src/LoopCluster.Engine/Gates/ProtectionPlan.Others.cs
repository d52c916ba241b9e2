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
                if (arguments.FirstOrDefault() == "test" && !IsSelective(arguments, "-run", "-skip", "-c", "-list"))
                {
                    AddTests("go", directory, "**/*_test.go");
                }

                Collect("go", directory, "**/*_test.go", "**/testdata/**", "{go.mod,go.work}");
                Steer("", "**/go.work", "**/vendor/**");
                break;
            case "cargo" when arguments.Any(a => a is "test" or "nextest" or "t" or "miri" or "llvm-cov" or "tarpaulin"):
                if (arguments is ["test" or "t", .. var rest] && rest.TrueForAll(IsWholeCargo))
                {
                    AddTests("cargo", directory, rest.Contains("--lib") ? "**/src/**/*.rs" : "**/*.rs");
                }

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
                if (arguments.FirstOrDefault() == "test" && !IsSelective(arguments, "--filter", "--treenode-filter", "--list-tests", "-t"))
                {
                    AddTests("dotnet", directory, "**/*{Tests,Test,Specs}.csproj");
                }

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
                if (
                    arguments.Exists(a => a is "test" or "verify" or "package" or "install" or "integration-test")
                    && !IsSelective(arguments, "-Dtest", "-Dgroups", "-DskipTests", "-Dmaven.test.skip")
                )
                {
                    AddTests("junit", directory, "**/src/test/java/**/*Test.java");
                }

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
                if (arguments.Exists(a => a is "test" or "check" or "build") && !IsSelective(arguments, "--tests", "-x", "--dry-run", "-m"))
                {
                    AddTests("junit", directory, "**/src/test/java/**/*Test.java");
                }

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

    /// <summary>Only some of the tests are run: a check of ours may not be among them.</summary>
    private static bool IsSelective(List<string?> arguments, params string[] options) =>
        arguments.Exists(a =>
            a is null || Array.Exists(options, o => a == o || (a.StartsWith(o, StringComparison.Ordinal) && a[o.Length] is '=' or ' '))
        );

    // Words and other options select tests.
    private static bool IsWholeCargo(string? argument) =>
        argument
            is "--release"
                or "--workspace"
                or "--all"
                or "--all-features"
                or "--all-targets"
                or "--tests"
                or "--lib"
                or "--locked"
                or "--offline"
                or "--frozen"
                or "--no-fail-fast"
                or "-q"
                or "--quiet"
                or "-v"
                or "--verbose";

    private const string DotnetConfiguration =
        "**/{Directory.Build.props,Directory.Build.targets,Directory.Packages.props,Directory.Solution.props,Directory.Solution.targets,Directory.Build.rsp,MSBuild.rsp,global.json,xunit.runner.json,testconfig.json,nuget.config,NuGet.config,NuGet.Config,.runsettings}";
}
