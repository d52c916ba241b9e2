using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;

namespace LoopCluster.Cli.Sessions;

/// <summary>Runs the gates of a proof again: the same tree, built anew from base, change and protected files, in the same image. What is run comes from the proof, not from the ledger.</summary>
internal sealed class ProofRerun(CliIo io, LoopPorts ports)
{
    public async Task<Verification> RunAsync(ProofDocument proof, Verification so, CancellationToken cancellationToken)
    {
        if (!LoopId.TryParse(proof.Loop, out var loop))
        {
            throw new BadInputException("proof-unreadable", "FILE", "the proof names no loop");
        }

        var state = await new LoopLoader(ports.Ledger).LoadAsync(loop, cancellationToken).ConfigureAwait(false)
            ?? throw new BadInputException("unknown-loop", "FILE", $"the loop {loop} of this proof is not in this data directory: its trees are needed to run the gates again. Give its directory with --data.");
        var image = await ports.Sandbox.ResolveImageAsync(proof.Image, cancellationToken).ConfigureAwait(false);
        if (proof.Prepared is { } layer)
        {
            await ports.Preparer.EnsureAsync(layer, cancellationToken).ConfigureAwait(false);
        }

        // Opened and closed: packs that the local repository lacks are fetched.
        await using (await ports.Workspaces.OpenAsync(loop, state.Workspace.Commit, state.Workspace.Packs, cancellationToken).ConfigureAwait(false))
        {
        }

        var count = so.Checked;
        foreach (var gate in proof.Gates)
        {
            io.Note($"running gate {TerminalText.Line(gate.Name, 80)} again");
            if (await FaultAsync(proof, gate, state, image, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                return Verification.Bad(count, gate.Log.File, null, $"gate '{gate.Name}': {fault}");
            }

            count++;
        }

        return Verification.Good(count);
    }

    private async Task<string?> FaultAsync(ProofDocument proof, ProofGate gate, LoopState state, string image, CancellationToken cancellationToken)
    {
        var tree = await ports.Workspaces.BuildGateTreeAsync(state.Id, proof.Base.Tree, state.Workspace.Tree, GateGuard.Of(state), cancellationToken).ConfigureAwait(false);
        if (tree.Tree != gate.GateTree)
        {
            return $"its tree comes out as {tree.Tree}, the proof says {gate.GateTree}";
        }

        var layer = proof.Prepared is { } prepared ? ports.Preparer.FilesOf(prepared) : null;
        await using var room = await ports.Workspaces.CheckoutAsync(state.Id, tree.Tree, proof.Base.Tree, GateGuard.Of(state), layer, cancellationToken).ConfigureAwait(false);
        if (room.Blocked.Count > 0)
        {
            return $"what 'prepare' made has no place in its tree: {string.Join(", ", room.Blocked)}";
        }

        var spec = state.Spec.Gates.FirstOrDefault(g => g.Name == gate.Name);
        var shape = new SandboxShape
        {
            ImageId = image,
            WorkspaceDirectory = room.Directory,
            Limits = state.Spec.Sandbox,
        };
        var call = new SandboxCall { Command = gate.Run, Environment = GateGuard.Environment, Timeout = (spec?.Timeout ?? Duration.FromSeconds(60)).Value };
        var result = await ports.Sandbox.RunAsync(new SandboxOwner(state.Id, state.Epoch, proof.Tenant), shape, call, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return result switch
        {
            _ when state.Created.Protection is not null && room.Replaced.Where(path => GateGuard.Counts(gate.Run, path)).ToArray() is [_, ..] replaced => SteeringText.OfRun(replaced),
            { Outcome: not SandboxOutcome.Exited } => $"it did not end by itself ({result.Outcome})",
            _ when result.ExitCode != gate.ExitCode => $"it exits with {result.ExitCode}, the proof says {gate.ExitCode}",
            _ when gate.Evidence is { } evidence && !Regex.IsMatch(Encoding.UTF8.GetString(result.Output.Span), evidence, RegexOptions.Multiline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5)) =>
                $"its output lacks the evidence /{evidence}/",
            _ => null,
        };
    }
}
