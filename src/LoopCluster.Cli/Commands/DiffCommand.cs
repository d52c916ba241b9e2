using System.CommandLine;
using System.Text;
using LoopCluster.Cli.Output;
using Spectre.Console;

namespace LoopCluster.Cli.Commands;

/// <summary>
/// <c>loop diff ID</c>: the change against the base, as of the ledger's last commit. Exact bytes in a pipe, harmless ones on a terminal.
/// </summary>
internal static class DiffCommand
{
    public static Command Create(CommonOptions options)
    {
        var id = LoopArgument.New();
        return new Command("diff", "Show a loop's change as a patch that git apply takes") { id }
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                await using var source = context.OpenSource();
                var loop = await source.ResolveAsync(context.Get(id), cancellationToken).ConfigureAwait(false);
                var patch = await source.DiffAsync(loop, cancellationToken).ConfigureAwait(false);
                if (Console.IsOutputRedirected)
                {
                    context.Io.WriteBytes(patch.Span);
                }
                else
                {
                    Show(context.Io, Encoding.UTF8.GetString(patch.Span));
                }

                return 0;
            });
    }

    private static void Show(CliIo io, string patch)
    {
        foreach (var line in TerminalText.Clean(patch).TrimEnd('\n').Split('\n'))
        {
            var color = line switch
            {
                ['+', ..] => Color.Green,
                ['-', ..] => Color.Red,
                ['@', '@', ..] => Color.Aqua,
                _ => Color.Default,
            };
            io.Words.Write(new Text(line, new Style(color)));
            io.Words.WriteLine();
        }
    }
}
