using System.Security.Cryptography;
using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Blobs;

/// <summary>A file that becomes a blob when it is renamed, and is removed otherwise.</summary>
internal sealed class TemporaryBlob : IDisposable
{
    public const string Prefix = ".tmp-";

    // Not the process id: hosts that share a directory may have processes of one id.
    private static readonly string Process = RandomNumberGenerator.GetHexString(16, lowercase: true);

    private readonly IFileLayer _files;
    private readonly string _path;
    private bool _renamed;

    public TemporaryBlob(IFileLayer files, string directory, int number)
    {
        _files = files;
        _path = Path.Combine(directory, $"{Prefix}{Process}-{number}");
        File = files.OpenWrite(_path, create: true);
    }

    public IOpenFile File { get; }

    public void Rename(string path)
    {
        _files.Rename(_path, path);
        _renamed = true;
    }

    public void Dispose()
    {
        File.Dispose();
        if (_renamed)
        {
            return;
        }

        try
        {
            _files.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The fault that kept it from being renamed is being reported; a leftover names no blob and goes at the next start.
            _renamed = true;
        }
    }
}
