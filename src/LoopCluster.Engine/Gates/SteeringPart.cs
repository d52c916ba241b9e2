using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// The part of a change that steers verification rather than meets the goal: tests, what configures and starts runners, build and CI files,
/// caches and binaries.
/// </summary>
public static class SteeringPart
{
    private static readonly PathGlob[] Globs =
    [
        .. new[]
        {
            "**/{test,tests,testing,spec,specs,__tests__,__mocks__,e2e,testdata}/**",
            "**/{test_*,*_test,*_tests,conftest,*.test,*.spec,*-test,*_spec,*Test,*Tests}.*",
            "**/{pytest.ini,.pytest.ini,pytest.toml,tox.ini,noxfile.py,setup.cfg,setup.py,pyproject.toml,.coveragerc,unittest.cfg,nose2.cfg}",
            "**/{sitecustomize,usercustomize}*",
            "**/*.{pth,pyc,pyo,pyd,so,so.*,dll,dylib,exe,o,a,obj,lib,class,jar,war,wasm,node,whl,egg}",
            "**/{Makefile,makefile,GNUmakefile,justfile,Justfile,Rakefile,build.ninja,CMakeLists.txt,CMakePresets.json,meson.build}",
            "**/*.{mk,cmake,gradle,kts,runsettings,csproj,fsproj,vbproj,sln,slnx,props,targets,rsp}",
            "**/{package.json,package-lock.json,yarn.lock,pnpm-lock.yaml,.npmrc,.yarnrc,.yarnrc.yml,tsconfig*.json,.mocharc*,.babelrc*,.swcrc,.nycrc*,.taprc}",
            "**/{jest,vitest,vite,playwright,cypress,ava,babel,karma,rollup,webpack}.{config,conf,setup,workspace}.*",
            "**/{Cargo.toml,Cargo.lock,rust-toolchain*,build.rs,go.mod,go.sum,go.work,pom.xml,gradle.properties,global.json,nuget.config,NuGet.Config,xunit.runner.json}",
            "{.github,.gitlab,.circleci,.buildkite}/**",
            "**/{.gitlab-ci.yml,.travis.yml,Jenkinsfile,azure-pipelines.yml,Dockerfile,docker-compose.yml,.env,.envrc,.python-version,.tool-versions}",
            "**/{node_modules,vendor,site-packages,.venv,venv,.cargo,.mvn,buildSrc}/**",
        }.Select(PathGlob.Parse),
    ];

    /// <summary>Without what the spec allows by name (<c>changes.steer</c>).</summary>
    /// <param name="changed">Paths at which the tree a gate passed on differs from the base.</param>
    public static IReadOnlyList<string> Of(LoopSpec spec, IEnumerable<string> changed)
    {
        var allowed = (spec.Changes.Steer ?? []).Select(PathGlob.Parse).ToList();
        return [.. changed.Where(path => Is(path) && !allowed.Exists(g => g.IsMatch(path)))];
    }

    public static bool Is(string path) => CachePaths.IsCache(path) || Array.Exists(Globs, g => g.IsMatch(path));
}
