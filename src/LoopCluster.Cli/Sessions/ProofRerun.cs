using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Proofs;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Sessions;

/// <summary>
/// Runs the gates of a proof again, as often as they were confirmed: the same tree, built anew from base, change and protected files, in
/// the same image. What is run comes from the proof, not from the ledger.
/// </summary>
internal sealed class ProofRerun(CliIo io, LoopPorts ports)
{
    public async Task<Verification> RunAsync(ExitPredicate proof, Verification so, CancellationToken cancellationToken)
    {
        if (!LoopId.TryParse(proof.Loop, out var loop))
        {
            throw new BadInputException("proof-unreadable", "FILE", "the proof names no loop");
        }

        var state = await new LoopLoader(ports.Ledger).LoadAsync(loop, cancellationToken).ConfigureAwait(false)
            ?? throw new BadInputException(
                "unknown-loop",
                "FILE",
                $"the loop {loop} of this proof is not in this data directory: its trees are needed to run the gates again. Give its directory with --data."
            );
        var image = await ports.Sandbox.ResolveImageAsync(proof.Image!, cancellationToken).ConfigureAwait(false);
        if (proof.Prepared is { } layer)
        {
            await ports.Preparer.EnsureAsync(layer, cancellationToken).ConfigureAwait(false);
        }

        // Opened and closed: packs that the local repository lacks are fetched.
        await using (
            await ports.Workspaces.OpenAsync(loop, state.Workspace.Commit, state.Workspace.Packs, cancellationToken).ConfigureAwait(false)
        ) { }

        var count = so.Checked;
        foreach (var gate in proof.Gates)
        {
            if (gate.Run is null)
            {
                io.Note($"gate {TerminalText.Line(gate.Name, 80)} is a judge's: it is not asked again");
                continue;
            }

            io.Note($"running gate {TerminalText.Line(gate.Name, 80)} again");
            if (await FaultAsync(proof, gate, state, image, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                return Verification.Bad(count, gate.Log?.File, null, fault);
            }

            count++;
        }

        return Verification.Good(count);
    }

    private async Task<string?> FaultAsync(
        ExitPredicate proof,
        ProofGate gate,
        LoopState state,
        string image,
        CancellationToken cancellationToken
    )
    {
        var tree = await ports
            .Workspaces.BuildGateTreeAsync(state.Id, proof.Base!.Tree, state.Workspace.Tree, GateGuard.Of(state), cancellationToken)
            .ConfigureAwait(false);
        if (tree.Tree != gate.GateTree)
        {
            return $"gate '{gate.Name}': its tree comes out as {tree.Tree}, the proof says {gate.GateTree}";
        }

        // What counts is what the proof says was run.
        var spec = (
            state.Spec.Gates.OfType<CommandGate>().FirstOrDefault(g => g.Name == gate.Name)
            ?? new CommandGate { Name = gate.Name, Run = gate.Run! }
        ) with
        {
            Run = gate.Run!,
            Evidence = gate.Evidence,
        };
        var setting = new GateSetting(GatePhase.Verify, tree, proof.Base!.Tree, image, proof.Prepared, spec.Timeout.Value);
        if (gate is { Flake.Quarantined: true, Outcome: not GateOutcome.Passed })
        {
            io.Note($"gate {TerminalText.Line(gate.Name, 80)} is in quarantine and was red: a person took the change all the same");
            return null;
        }

        for (var (pass, red) = (0, 0); pass < Math.Max(1, gate.Confirmed ?? 1); pass++)
        {
            var run = await new GateRunner(ports, keeps: false)
                .RunAsync(state, spec, setting, null, cancellationToken)
                .ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (GateVerdict.Refutation(spec, state.Workspace.Tree, run) is not { } fault)
            {
                continue;
            }

            if (red++ >= (spec.Flaky?.Reruns ?? 0))
            {
                return fault;
            }

            io.Note($"gate {TerminalText.Line(gate.Name, 80)} may be flaky and was red: once more");
            pass = -1;
        }

        return gate.Strength?.Canary is "seen" or "red"
            ? await CanaryFaultAsync(spec, setting, state, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>The gate must still be red with failing checks added.</summary>
    private async Task<string?> CanaryFaultAsync(CommandGate gate, GateSetting passed, LoopState state, CancellationToken cancellationToken)
    {
        io.Note($"running gate {TerminalText.Line(gate.Name, 80)} again with failing checks added");
        var nonce = StrengthRules.NonceOf(state);
        var (tree, _) = await new ProbeTrees(ports.Workspaces)
            .CanaryAsync(gate, nonce, state, passed.Tree.Tree, cancellationToken)
            .ConfigureAwait(false);
        if (tree is null)
        {
            return $"gate '{gate.Name}': the proof says that it had a canary, and none is known for it";
        }

        var setting = passed with { Phase = GatePhase.Canary, Tree = new GateTree(tree, [], []), BaseTree = tree, Nonce = nonce };
        var run = await new GateRunner(ports, keeps: false).RunAsync(state, gate, setting, null, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return run.Probe?.Fooled is null && GateVerdict.Of(gate, GatePhase.Canary, run) != GateOutcome.Passed
            ? null
            : $"gate-fooled: gate '{gate.Name}' stays green with failing checks added";
    }
}
