using System.Globalization;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// The most that a spec may ask of the sandbox on this server, set by who runs it. What it may not ask at all (temporary memory, size of a
/// file, output) is the server's alone.
/// </summary>
public sealed record SandboxCaps
{
    /// <summary>Every limit the format itself allows.</summary>
    public static SandboxCaps None { get; } =
        new()
        {
            Memory = long.MaxValue,
            Cpus = double.MaxValue,
            Pids = int.MaxValue,
            Timeout = TimeSpan.MaxValue,
        };

    /// <summary>Bytes of <c>sandbox.memory</c>.</summary>
    public required long Memory { get; init; }

    public required double Cpus { get; init; }

    public required int Pids { get; init; }

    /// <summary>Of <c>sandbox.timeout</c>, <c>prepare.timeout</c> and each gate's.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <exception cref="BadInputException"><c>sandbox-limit</c>: every key that asks for more, with what it asks and what it
    /// may.</exception>
    public void Check(LoopSpec spec)
    {
        var faults = new List<InputFault>();
        var limits = spec.Sandbox;
        Compare("sandbox.memory", limits.Memory, Memory, bytes => Text($"{bytes / (double)(1 << 20):0.#}m"));
        Compare("sandbox.cpus", limits.Cpus, Cpus, cpus => Text($"{cpus:0.###}"));
        Compare("sandbox.pids", limits.Pids, Pids, pids => Text($"{pids}"));
        Compare("sandbox.timeout", limits.Timeout.Value, Timeout, Seconds);
        if (spec.Prepare is { } prepare)
        {
            Compare("prepare.timeout", prepare.Timeout.Value, Timeout, Seconds);
        }

        for (var i = 0; i < spec.Gates.Count; i++)
        {
            Compare(Text($"gates[{i}].timeout"), spec.Gates[i].Timeout.Value, Timeout, Seconds);
        }

        if (faults.Count > 0)
        {
            throw new BadInputException("sandbox-limit", faults);
        }

        void Compare<T>(string key, T asked, T most, Func<T, string> show)
            where T : IComparable<T>
        {
            if (asked.CompareTo(most) > 0)
            {
                faults.Add(
                    new InputFault(
                        key,
                        $"asks for {show(asked)}, this server allows at most {show(most)}: ask for less, or have whoever runs it raise LoopCluster:Sandbox:Most{Option(key)}"
                    )
                );
            }
        }
    }

    private static string Option(string key) =>
        key[(key.LastIndexOf('.') + 1)..] switch
        {
            "memory" => nameof(Memory),
            "cpus" => nameof(Cpus),
            "pids" => nameof(Pids),
            _ => nameof(Timeout),
        };

    private static string Seconds(TimeSpan time) => Text($"{time.TotalSeconds:0.###}s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
