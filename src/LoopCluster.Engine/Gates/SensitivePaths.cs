namespace LoopCluster.Engine.Gates;

/// <summary>
/// What may steer verification whatever the gates are: binaries, which nobody reads, settings of test runners, hooks of interpreters, and
/// what other verification is made of. Tests that a change adds are none of it.
/// </summary>
public static class SensitivePaths
{
    private static readonly PathGlob[] Globs =
    [
        .. new[]
        {
            "**/*.{pth,pyd,so,so.*,dll,dylib,exe,o,a,obj,lib,class,jar,war,wasm,node,whl,egg}",
            "**/{sitecustomize,usercustomize}*",
            "**/{pytest.ini,.pytest.ini,pytest.toml,tox.ini,noxfile.py,unittest.cfg,nose2.cfg,.coveragerc}",
            "**/{jest,vitest,playwright,cypress,ava,karma}.{config,conf,setup,workspace}.*",
            "**/{.mocharc*,.nycrc*,.taprc,.npmrc,.yarnrc,.yarnrc.yml,xunit.runner.json,*.runsettings,nextest.toml}",
            "**/.cargo/{config,config.toml}",
            "**/.mvn/**",
            "{.github/workflows,.github/actions,.gitlab,.circleci,.buildkite}/**",
            "**/{.gitlab-ci.yml,.travis.yml,Jenkinsfile,azure-pipelines.yml,bitbucket-pipelines.yml,.envrc}",
        }.Select(PathGlob.Parse),
    ];

    /// <param name="file">One that differs from the base.</param>
    public static bool Is(GuardedFile file) => file.IsBinary || Array.Exists(Globs, g => g.IsMatch(file.Path));
}
