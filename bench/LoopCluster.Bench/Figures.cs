using System.CommandLine;
using System.Text.Json;

namespace LoopCluster.Bench;

/// <summary>How a bench tells what it measured: one JSON object a line, or lines for a person who looks at a terminal.</summary>
internal static class Figures
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Option<bool> JsonOption() =>
        new("--json") { Description = "One JSON object, on a terminal as well; a pipe gets that anyway.", Recursive = true };

    public static void Print(object figures, bool json)
    {
        if (json || Console.IsOutputRedirected)
        {
            Console.WriteLine(JsonSerializer.Serialize(figures, Json));
            return;
        }

        var all = JsonSerializer.SerializeToElement(figures, Json).EnumerateObject().ToArray();
        var width = all.Max(f => f.Name.Length);
        foreach (var figure in all)
        {
            Console.WriteLine($"{figure.Name.PadRight(width)}  {figure.Value}");
        }
    }
}
