namespace LoopCluster.Sandboxes.EngineApi;

internal sealed class DockerSandboxOptionsValidator : SandboxOptionsValidator<DockerSandboxOptions>
{
    protected override void ValidateOwn(DockerSandboxOptions options, Check check)
    {
        check(
            options.Endpoint is not { } endpoint || EngineAddress.IsSupported(endpoint),
            nameof(options.Endpoint),
            "must be unix:///path or tcp://host:port"
        );
        foreach (
            var (key, file) in ((string, string?)[])
                [
                    (nameof(options.AuthorityFile), options.AuthorityFile),
                    (nameof(options.CertificateFile), options.CertificateFile),
                    (nameof(options.KeyFile), options.KeyFile),
                ]
        )
        {
            check(file is null || File.Exists(file), key, $"names no file: {file}");
        }

        check(
            options.CertificateFile is null == options.KeyFile is null
                && (options.CertificateFile is null || options.AuthorityFile is not null),
            nameof(options.AuthorityFile),
            "and CertificateFile and KeyFile belong together: TLS here is mutual"
        );
        check(
            options.ConnectTimeout > TimeSpan.Zero && options.ConnectTimeout <= TimeSpan.FromMinutes(1),
            nameof(options.ConnectTimeout),
            "must be up to 60 s"
        );
        check(
            options.RequestTimeout >= TimeSpan.FromSeconds(1) && options.RequestTimeout <= TimeSpan.FromMinutes(10),
            nameof(options.RequestTimeout),
            "must be 1 s to 10 min"
        );
    }
}
