namespace LoopCluster.Sandboxes.Cli;

internal sealed class ContainerCliOptionsValidator : SandboxOptionsValidator<ContainerCliOptions>
{
    protected override void ValidateOwn(ContainerCliOptions options, Check check) =>
        check(
            options.Cli is null || options.Cli.Trim().Length > 0,
            nameof(options.Cli),
            "must not be blank; leave it out to have one found"
        );
}
