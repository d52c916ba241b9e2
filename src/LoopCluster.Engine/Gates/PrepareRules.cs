using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Gates;

/// <summary>What was seen of a prepare command, as far as one has looked: later members are null until then.</summary>
public sealed record PrepareRun(RunEnd End, int? ExitCode, double SandboxSeconds)
{
    /// <summary>Of a command that failed.</summary>
    public OutputText? Output { get; init; }

    public IReadOnlyList<string>? Changed { get; init; }

    public IReadOnlyList<string>? Faults { get; init; }
}

/// <summary>What <c>prepare</c> may leave behind.</summary>
public static class PrepareRules
{
    /// <summary>The failure, or null as long as nothing speaks against the run.</summary>
    public static PrepareFailed? Judge(PrepareSpec prepare, PrepareRun run) =>
        Reason(prepare, run) is { } reason
            ? new PrepareFailed(reason, run.Output, run.SandboxSeconds)
            {
                End = run.End,
                ExitCode = run.ExitCode,
                Changed = run.Changed,
                Faults = run.Faults,
            }
            : null;

    /// <summary>A run that was cut off says nothing about the command; what was held back for it is gone.</summary>
    public static PrepareFailed CutOff(PrepareStarted start) =>
        new("prepare was cut off", SandboxSeconds: start.ReservedSeconds) { End = RunEnd.CutOff };

    /// <summary>What is wrong with a recorded failure, or null.</summary>
    public static string? Fault(LoopState state, PrepareFailed e)
    {
        if (e.End == RunEnd.CutOff)
        {
            return null;
        }

        if (state.Spec.Prepare is not { } prepare)
        {
            return "the spec has no prepare command that could fail";
        }

        var right = Judge(
            prepare,
            new PrepareRun(e.End, e.ExitCode, e.SandboxSeconds)
            {
                Output = e.Output,
                Changed = e.Changed,
                Faults = e.Faults,
            }
        );
        return right?.Message == e.Message
            ? null
            : $"by what was recorded, prepare {(right is null ? "did not fail" : $"failed otherwise: {right.Message}")}";
    }

    private static string? Reason(PrepareSpec prepare, PrepareRun run) =>
        run switch
        {
            { End: not RunEnd.Exited } or { ExitCode: not 0 } =>
                $"prepare failed on the base ({Describe(run)}): `{prepare.Run}`. Its output: {run.Output?.Text ?? run.Output?.Tail}",
            { Changed: [_, ..] changed } =>
                $"prepare may only add files, but it changed {string.Join(", ", changed)}. Let it write to paths of its own, such as a virtual environment.",
            { Faults: [_, ..] faults } =>
                $"prepare left what cannot be kept: {string.Join(", ", faults)}. Only regular files, directories and links are kept; let the command remove the rest.",
            _ => null,
        };

    private static string Describe(PrepareRun run) =>
        run.End switch
        {
            RunEnd.TimedOut => "it did not end in time",
            RunEnd.OutOfMemory => "out of memory",
            _ => $"exit code {run.ExitCode}",
        };
}
