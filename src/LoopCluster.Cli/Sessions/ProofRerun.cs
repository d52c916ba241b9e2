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

        return await CanaryFaultAsync(gate, spec, setting, state, cancellationToken).ConfigureAwait(false)
            ?? await CounterfactualFaultAsync(gate, spec, setting, state, cancellationToken).ConfigureAwait(false)
            ?? await SabotageFaultAsync(gate, spec, setting, state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The gate must still be red with failing checks added.</summary>
    private async Task<string?> CanaryFaultAsync(
        ProofGate proof,
        CommandGate gate,
        GateSetting passed,
        LoopState state,
        CancellationToken cancellationToken
    )
    {
        if (proof.Strength?.Canary is not ("seen" or "red"))
        {
            return null;
        }

        io.Note($"running gate {TerminalText.Line(gate.Name, 80)} again with failing checks added");
        return await ProbeAsync(gate, passed, state, GatePhase.Canary, 1, cancellationToken).ConfigureAwait(false) switch
        {
            null => $"gate '{gate.Name}': the proof says that it had a canary, and none is known for it",
            true => $"gate-fooled: gate '{gate.Name}' stays green with failing checks added",
            _ => null,
        };
    }

    /// <summary>It must still be red on the base with only what steers verification.</summary>
    private async Task<string?> CounterfactualFaultAsync(
        ProofGate proof,
        CommandGate gate,
        GateSetting passed,
        LoopState state,
        CancellationToken cancellationToken
    )
    {
        if (proof.Strength?.Counterfactual is not "red")
        {
            return null;
        }

        io.Note($"running gate {TerminalText.Line(gate.Name, 80)} again on the base, with only the tests and settings of the change");
        return await ProbeAsync(gate, passed, state, GatePhase.Counterfactual, 1, cancellationToken).ConfigureAwait(false) switch
        {
            null => $"gate '{gate.Name}': the proof says that it had a counterfactual, and the change has nothing of the kind",
            true => $"gate-fooled: gate '{gate.Name}' is green on the base with nothing but the tests and settings of the change",
            _ => null,
        };
    }

    /// <summary>It must notice as many parts of the change as the proof says.</summary>
    private async Task<string?> SabotageFaultAsync(
        ProofGate proof,
        CommandGate gate,
        GateSetting passed,
        LoopState state,
        CancellationToken cancellationToken
    )
    {
        var (tried, wanted, noticed) = (proof.Strength?.Tried ?? 0, proof.Strength?.Noticed ?? 0, 0);
        for (var part = 1; part <= tried; part++)
        {
            io.Note($"running gate {TerminalText.Line(gate.Name, 80)} again with part {part} of {tried} of the change taken back");
            noticed +=
                await ProbeAsync(gate, passed, state, GatePhase.Sabotage, part, cancellationToken).ConfigureAwait(false) == false ? 1 : 0;
        }

        return noticed < wanted
            ? $"gate '{gate.Name}' notices {noticed} of {tried} parts of the change when they are taken back; the proof says {wanted}"
            : null;
    }

    /// <returns>Whether the gate is green all the same; null when there is nothing to run it on.</returns>
    private async Task<bool?> ProbeAsync(
        CommandGate gate,
        GateSetting passed,
        LoopState state,
        GatePhase phase,
        int part,
        CancellationToken cancellationToken
    )
    {
        var again = StrengthRules.Again(state, gate, phase, part);
        var (tree, _) = await new ProbeTrees(ports.Workspaces)
            .MakeAsync(again, state, passed.Tree.Tree, cancellationToken)
            .ConfigureAwait(false);
        if (tree is null)
        {
            return null;
        }

        var setting = passed with { Phase = phase, Tree = new GateTree(tree, [], []), BaseTree = tree, Nonce = again.Start.Nonce };
        var run = await new GateRunner(ports, keeps: false).RunAsync(state, gate, setting, null, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return run.Probe?.Fooled is not null || GateVerdict.Of(gate, phase, run) == GateOutcome.Passed;
    }
}
