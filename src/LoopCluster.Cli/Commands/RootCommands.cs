using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class RootCommands
{
    public static Task<int> RunAsync(IReadOnlyList<string> args)
    {
        var options = new CommonOptions();
        // Alone it tells what there is.
        args = args.Count == 0 ? ["--help"] : args;
        var parse = Create(options).Parse(args);
        if (parse.Errors.Count > 0)
        {
            var io = new CliIo(args.Contains("--json"), verbose: false);
            var faults = parse.Errors.Select(e => new InputFault("", e.Message)).ToList();
            var code = Failures.Report(io, new BadInputException("usage", faults));
            io.Note($"'{string.Join(' ', [CommandHints.Program, .. PathOf(parse.CommandResult), "--help"])}' says how.");
            return Task.FromResult(code);
        }

        // Signals are caught by the commands themselves: a loop is parked, however long that takes.
        return parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Names of the command and of those it is below.</summary>
    internal static IReadOnlyList<string> PathOf(CommandResult? result) =>
        result is null or { Command: RootCommand } ? [] : [.. PathOf(result.Parent as CommandResult), result.Command.Name];

    internal static void SetHelpWidth(RootCommand root, int width)
    {
        foreach (var help in root.Options.OfType<HelpOption>().Select(o => o.Action).OfType<HelpAction>())
        {
            help.MaxWidth = width;
        }
    }

    internal static RootCommand Create(CommonOptions options)
    {
        var root = new RootCommand("Agent loops with a deterministic exit gate, a hard budget and a proof.");
        options.AddTo(root);
        Command[] commands =
        [
            RunCommand.Create(options),
            ResumeCommand.Create(options),
            ListCommand.Create(options),
            ShowCommand.Create(options),
            LogCommand.Create(options),
            EventsCommand.Create(options),
            DiffCommand.Create(options),
            ReplayCommand.Create(options),
            ForkCommand.Create(options),
            SignalCommands.Cancel(options),
            SignalCommands.Pause(options),
            SignalCommands.Message(options),
            ApprovalsCommand.Create(options),
            SignalCommands.Approve(options),
            ProofCommand.Create(options),
            LedgerCommand.Create(options),
            AuditCommand.Create(options),
            PolicyCommand.Create(options),
            GatesCommand.Create(options),
            ReviewCommand.Create(options),
            SkillsCommand.Create(options),
            CostCommand.Create(options),
            UsageCommand.Create(options),
            ModelServerCommand.Create(options),
            DoctorCommand.Create(options),
            UpCommand.Create(options),
            KeysCommand.Create(options),
            ClusterCommand.Create(options),
            DemoCommand.Create(options),
        ];
        foreach (var command in commands)
        {
            root.Add(command);
        }

        options.Remote.Close(root);
        SetHelpWidth(root, CliIo.WidthOf(Console.IsOutputRedirected) ?? CliIo.UsualWidth);

        return root;
    }
}
