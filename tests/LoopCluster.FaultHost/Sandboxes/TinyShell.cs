using System.Globalization;
using System.Text;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Sandboxes;

/// <summary>
/// Commands joined by <c>&amp;&amp;</c>, words by one space: <c>echo WORDS >> FILE</c>, <c>echo WORDS > FILE</c>, <c>cat FILE</c>, <c>grep
/// -q TEXT FILE</c>, <c>test -f FILE</c>, <c>test ! -e FILE</c>, <c>mkdir -p DIR</c>, <c>sleep SECONDS</c>. Anything else is a command that
/// is not there.
/// </summary>
internal sealed class TinyShell(SandboxShape shape)
{
    private const int NotFound = 127;

    private readonly StringBuilder _output = new();

    public string Output => _output.ToString();

    public async Task<int> RunAsync(string script, CancellationToken cancellationToken)
    {
        foreach (var command in script.Split(" && "))
        {
            var exit = await RunOneAsync(command.Split(' '), cancellationToken);
            if (exit != 0)
            {
                return exit;
            }
        }

        return 0;
    }

    private async Task<int> RunOneAsync(string[] words, CancellationToken cancellationToken)
    {
        switch (words)
        {
            case ["echo", .. var text, ">>", var file]:
                await File.AppendAllTextAsync(At(file), string.Join(' ', text) + "\n", cancellationToken);
                return 0;
            case ["echo", .. var text, ">", var file]:
                await File.WriteAllTextAsync(At(file), string.Join(' ', text) + "\n", cancellationToken);
                return 0;
            case ["cat", var file]:
                return Exists(file)
                    ? Say(await File.ReadAllTextAsync(At(file), cancellationToken), 0)
                    : Say($"cat: {file}: No such file or directory\n", 1);
            case ["grep", "-q", var text, var file]:
                return Exists(file)
                    ? (await File.ReadAllTextAsync(At(file), cancellationToken)).Contains(text, StringComparison.Ordinal)
                        ? 0
                        : 1
                    : Say($"grep: {file}: No such file or directory\n", 2);
            case ["test", "-f", var file]:
                return Exists(file) ? 0 : 1;
            case ["test", "!", "-e", var file]:
                return Exists(file) ? 1 : 0;
            case ["mkdir", "-p", var directory]:
                Directory.CreateDirectory(At(directory));
                return 0;
            case ["sleep", var seconds]:
                await Task.Delay(TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)), cancellationToken);
                return 0;
            default:
                return Say($"sh: 1: {words[0]}: not found\n", NotFound);
        }
    }

    private bool Exists(string file) => File.Exists(At(file));

    private string At(string file) => Path.Combine(shape.WorkspaceDirectory, file);

    private int Say(string text, int exit)
    {
        _output.Append(text);
        return exit;
    }
}
