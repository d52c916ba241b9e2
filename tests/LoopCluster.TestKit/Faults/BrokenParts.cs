namespace LoopCluster.TestKit.Faults;

/// <summary>What of a loop's surroundings breaks, until it is mended.</summary>
public sealed class BrokenParts
{
    private volatile string _broken = "";

    public void Break(BrokenPart part) => _broken = part.ToString();

    public void Mend() => _broken = "";

    public bool Is(BrokenPart part) => _broken == part.ToString();

    /// <summary>With a type that no code of the product throws or expects.</summary>
    public void ThrowIf(BrokenPart part)
    {
        if (Is(part))
        {
            throw new KeyNotFoundException($"{part} is broken on purpose");
        }
    }
}

public enum BrokenPart
{
    Import,
    Image,
    Prepare,
    Model,
    Tool,
    Gate,
    GateTree,
    Delivery,
}
