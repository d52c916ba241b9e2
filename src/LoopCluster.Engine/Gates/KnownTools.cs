namespace LoopCluster.Engine.Gates;

/// <summary>Names that mean an installed program or test runner and not something a task is to write.</summary>
internal static class KnownTools
{
    public static readonly IReadOnlySet<string> Programs = WordList.Of(
        """
        python python2 python3 pip pip3 pipenv poetry uv uvx pytest py.test nose2 tox nox mypy ruff flake8 pylint black isort
        pyright coverage behave robot node nodejs npm npx yarn pnpm bun bunx deno jest vitest mocha ava tap tsc tsx ts-node
        eslint prettier playwright cypress webpack vite go gofmt golangci-lint gotestsum cargo rustc rustup clippy dotnet
        msbuild nuget make gmake cmake ctest ninja meson bazel gcc g++ cc c++ clang clang++ ld ar pkg-config valgrind gdb java
        javac mvn mvnw gradle ant kotlin kotlinc scala scalac sbt clojure lein groovy ruby rake rspec bundle bundler gem rubocop
        minitest perl prove php phpunit composer lua luajit busted luacheck ghc runghc stack cabal elixir mix iex erl erlc
        rebar3 ocaml dune opam swift swiftc xcodebuild zig nim nimble crystal julia R Rscript dart flutter bash zsh fish bats
        shellcheck shfmt jq yq curl wget git diff cmp bc xxd openssl sqlite3 psql mysql redis-cli docker podman kubectl helm
        terraform protoc buf just task pre-commit hadolint yamllint markdownlint semgrep gawk unzip zip tar xz timeout expect
        racket sbcl guile tclsh
        """
    );

    /// <summary>Modules and packages that run or check tests, as an interpreter or package manager names them.</summary>
    public static readonly IReadOnlySet<string> Modules = WordList.Of(
        """
        pytest _pytest nose nose2 tox nox mypy ruff flake8 pylint black isort pyright coverage pytest_cov behave robot
        hypothesis pip jest jest-cli vitest mocha chai ava tap jasmine karma typescript ts-node tsx eslint prettier playwright
        cypress @jest/core @jest/globals @playwright/test @testing-library/react ts-jest nextest clippy fmt tarpaulin rspec
        minitest rake bundler simplecov cucumber
        """
    );
}
