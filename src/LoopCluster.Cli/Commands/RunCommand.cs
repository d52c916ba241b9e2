using System.CommandLine;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Server;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Cli.Commands;

/// <summary><c>loop run SPEC</c>: from a spec to a verified change, or an honest stop.</summary>
internal static class RunCommand
{
    public static Command Create(CommonOptions options)
    {
        var file = new Argument<string>("SPEC") { Description = "The task, YAML or JSON" };
        var check = new Option<bool>("--check")
        {
            Description =
                "Only try what a run needs: spec, keys, endpoints (one token), prices, workspace, and every gate on the base. No loop is kept",
        };
        var offline = new Option<bool>("--offline") { Description = "With --check: send nothing to any model's endpoint" };
        var command = new Command("run", "Run a task until its gates pass or its budget ends") { file, check, offline };
        command.Validators.Add(result =>
        {
            if (result.GetValue(offline) && !result.GetValue(check))
            {
                result.AddError("--offline goes with --check: a run asks its models");
            }
        });
        return command
            .WithServer(options)
            .Does(options, async (context, cancellationToken) =>
            {
                var path = context.Get(file);
                return (context.Get(check), context.Server) switch
                {
                    (true, { } server) => await SpecCheck.RunAsync(context, server, path, cancellationToken).ConfigureAwait(false),
                    (true, null) => await SpecCheck.RunAsync(context, path, context.Get(offline), cancellationToken).ConfigureAwait(false),
                    (false, { } server) => await RunAsync(context, server, path, cancellationToken).ConfigureAwait(false),
                    (false, null) => await RunAsync(context, context.LoadModels(), SpecFile.Read(path), null, cancellationToken)
                        .ConfigureAwait(false),
                };
            });
    }

    /// <param name="after">What follows the summary, when there is one.</param>
    public static async Task<int> RunAsync(
        CommandContext context,
        ModelCatalog models,
        LoopSpec spec,
        Func<LoopReport, int>? after,
        CancellationToken cancellationToken
    )
    {
        spec = models.WriteOut(spec);
        var loop = LoopStarter.NewId(TimeProvider.System);
        await using var run = new LoopRun(
            context,
            models,
            [.. spec.Models.Values.Select(m => m.KeyEnv), .. spec.Models.Values.SelectMany(m => m.Dialect?.HeaderVariables() ?? [])]
        );
        var report = await run.RunAsync(loop, (session, stop) => StartAsync(session, spec, loop, stop), cancellationToken)
            .ConfigureAwait(false);
        await run.DisposeAsync().ConfigureAwait(false);
        return report is null ? context.Interrupts.ExitCode : Finish(context, report, after);
    }

    private static async Task<int> RunAsync(CommandContext context, ServerLoops server, string file, CancellationToken cancellationToken)
    {
        var started = await server.Api.CreateAsync(SpecInline.Read(file), cancellationToken).ConfigureAwait(false);
        var report = await new ServerRun(context, server).FollowAsync(new LoopId(started.Id), cancellationToken).ConfigureAwait(false);
        return report is null ? context.Interrupts.ExitCode : Finish(context, report);
    }

    public static int Finish(CommandContext context, LoopReport report, Func<LoopReport, int>? after = null)
    {
        if (context.Io.Json)
        {
            context.Io.WriteJson(report.ToJson());
        }

        Summary.Write(context.Io.Words, report, context);
        return after?.Invoke(report) is { } code and not ExitCodes.Verified ? code : report.ExitCode ?? ExitCodes.Verified;
    }

    /// <summary>Also right when an earlier try may have got through: the id is the caller's.</summary>
    private static async ValueTask StartAsync(LoopSession session, LoopSpec spec, LoopId loop, CancellationToken cancellationToken)
    {
        if (await session.Host.GetAsync(loop, cancellationToken).ConfigureAwait(false) is null)
        {
            await session.Host.StartAsync(new StartLoop(CommandContext.Tenant, spec, loop), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await session.Host.ResumeAsync(loop, cancellationToken).ConfigureAwait(false);
        }
    }
}
