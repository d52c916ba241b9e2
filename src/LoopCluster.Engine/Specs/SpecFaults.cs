using System.Globalization;
using System.Text;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Engine.Specs;

/// <summary>Collects the faults of one input, so that a person sees all of them at once.</summary>
public sealed class SpecFaults
{
    /// <summary>A hostile input could otherwise have a million.</summary>
    private const int Limit = 100;

    private readonly List<InputFault> _faults = [];
    private int _dropped;
    private bool _localPath;

    public int Count => _faults.Count;

    /// <summary>What comes now is counted and not told: words about it need not be found.</summary>
    public bool IsFull => _faults.Count >= Limit;

    public void Add(string path, string message)
    {
        if (_faults.Count < Limit)
        {
            _faults.Add(new InputFault(path, message));
        }
        else
        {
            _dropped++;
        }
    }

    /// <summary>Something only a local file may name was named from elsewhere.</summary>
    public void AddLocalPath(string path, string message)
    {
        _localPath = true;
        Add(path, message);
    }

    public void ThrowIfAny(string code)
    {
        if (_faults.Count == 0)
        {
            return;
        }

        if (_dropped > 0)
        {
            _faults.Add(new InputFault("", $"and {_dropped} more faults"));
        }

        throw new BadInputException(_localPath ? "spec-path-not-allowed" : code, _faults);
    }

    /// <summary>Foreign text for a message: short, on one line, and without control characters a terminal would act on.</summary>
    public static string Quote(string text)
    {
        const int Longest = 60;
        var quoted = new StringBuilder("'");
        foreach (var c in text.Length > Longest ? text.AsSpan(0, Longest) : text)
        {
            // Format and surrogate characters can reorder or hide text as well.
            var plain =
                !char.IsControl(c)
                && !char.IsSurrogate(c)
                && char.GetUnicodeCategory(c)
                    is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            _ = plain ? quoted.Append(c) : quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return quoted.Append(text.Length > Longest ? "...'" : "'").ToString();
    }
}
