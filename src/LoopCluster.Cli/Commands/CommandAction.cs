using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Cli.Commands;

/// <summary>Runs a command's body with signals caught and every exception turned into an exit code.</summary>
internal static class CommandAction
{
    public static Command Does(this Command command, CommonOptions options, Func<CommandContext, CancellationToken, Task<int>> body)
    {
        command.SetAction(
            async (parse, _) =>
            {
                var io = new CliIo(parse.GetValue(options.Json), parse.GetValue(options.Verbose));
                using var interrupts = new Interrupts();
                CommandContext? context = null;
                try
                {
                    options.Remote.Check(parse, parse.GetValue(options.Data) is not null, parse.GetValue(options.Models) is not null);
                    context = new CommandContext(parse, options, io, interrupts);
                    return await body(context, interrupts.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (interrupts.ExitCode != 0)
                {
                    return interrupts.ExitCode;
                }
                catch (Exception error)
                {
                    var told =
                        context is not null && DiskFaults.IsOfDisk(error)
                            ? DiskFaults.Unusable(context.Data.Root, error)
                            : ConfigurationFaults.Of(error) ?? error;
                    return Failures.Report(io, told, context?.Hints, ofRun: command.Name == "run");
                }
            }
        );
        return command;
    }

    /// <summary>Lets the command work with a server's loops as well.</summary>
    public static Command WithServer(this Command command, CommonOptions options)
    {
        options.Remote.AddTo(command);
        return command;
    }

    /// <summary>The command tells about the loops of a data directory alone; a server of the environment makes it ask which.</summary>
    public static Command OfDirectory(this Command command, CommonOptions options)
    {
        options.Remote.AddOfDirectory(command);
        return command;
    }

    /// <summary>As the other one, for a body that waits for nothing.</summary>
    public static Command Does(this Command command, CommonOptions options, Func<CommandContext, int> body) =>
        command.Does(options, (context, _) => Task.FromResult(body(context)));
}
