using System.Globalization;
using System.Text;

namespace LoopCluster.FunctionalTests.Fuzz;

/// <summary>JSON of assistant messages and usages that no good endpoint sends, and some that good ones do.</summary>
internal sealed class HostileMessages(Random random)
{
    private static readonly string[] Tools =
    [
        "shell",
        "write_file",
        "read_file",
        "edit_file",
        "list_files",
        "search",
        "read_output",
        "note",
        "done",
    ];

    private static readonly string[] Numbers =
    [
        "0",
        "-1",
        "1",
        "5",
        "1e308",
        "-1e308",
        "1e999",
        "0.5",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "\"12\"",
        "\"\"",
        "null",
        "true",
        "[]",
        "{}",
        "[1]",
        "{\"a\":1}",
        "1E+2",
        "1e-300",
        "00",
        "NaN",
    ];

    private static readonly string[] FinishReasons =
    [
        "\"stop\"",
        "\"tool_calls\"",
        "\"length\"",
        "\"content_filter\"",
        "\"eos\"",
        "\"\"",
        "null",
        "7",
        "{}",
        "[]",
        "\"\\ud800\"",
        "\"function_call\"",
        "\"end_turn\"",
        "\"STOP\"",
        "\"MAX_TOKENS\"",
    ];

    public string Text() => HostileTexts.Any(random);

    public string Number() => Numbers[random.Next(Numbers.Length)];

    public string Finish() => FinishReasons[random.Next(FinishReasons.Length)];

    /// <summary>The members of a message, without its braces.</summary>
    public string Message() =>
        random.Next(12) switch
        {
            0 => $"\"role\":\"assistant\",\"content\":\"{Text()}\"",
            1 => "\"role\":\"assistant\",\"content\":null",
            2 => $"\"content\":[{Joined(random.Next(4), _ => $"{{\"type\":\"text\",\"text\":\"{Text()}\"}}")}]",
            3 => $"\"content\":{Number()}",
            4 => $"\"content\":\"\",\"refusal\":\"{Text()}\"",
            5 => $"\"content\":\"{Text()}\",\"reasoning_content\":\"{Text()}\",\"{Text()}\":{Value(4)}",
            6 => $"\"content\":\"\",\"function_call\":{{\"name\":\"{Name()}\",\"arguments\":{Arguments()}}}",
            _ =>
                $"\"content\":{(random.Next(2) == 0 ? "null" : $"\"{Text()}\"")},\"tool_calls\":[{Joined(random.Next(1, 5), Call)}]{(random.Next(3) == 0 ? $",\"{Text()}\":{Value(3)}" : "")}",
        };

    /// <summary>One entry of <c>tool_calls</c>.</summary>
    public string Call(int index)
    {
        var members = new List<string>
        {
            $"\"function\":{{\"name\":{(random.Next(12) == 0 ? Number() : $"\"{Name()}\"")},\"arguments\":{Arguments()}{(random.Next(8) == 0 ? $",\"{Text()}\":{Value(2)}" : "")}}}",
        };
        if (random.Next(4) > 0)
        {
            members.Add($"\"id\":{Id(index)}");
        }

        if (random.Next(3) > 0)
        {
            members.Add($"\"index\":{(random.Next(4) == 0 ? Number() : index.ToString(CultureInfo.InvariantCulture))}");
        }

        if (random.Next(6) == 0)
        {
            members.Add($"\"{Text()}\":{Value(3)}");
        }

        if (random.Next(2) == 0)
        {
            members.Add("\"type\":\"function\"");
        }

        return random.Next(30) == 0 ? Number() : $"{{{string.Join(',', members.OrderBy(_ => random.Next()))}}}";
    }

    public string Usage() =>
        random.Next(6) switch
        {
            0 => "",
            1 => ",\"usage\":null",
            2 => $",\"usage\":{Number()}",
            3 => ",\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}",
            4 => ",\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":20}",
            _ =>
                $",\"usage\":{{\"prompt_tokens\":{Number()},\"completion_tokens\":{Number()},\"total_tokens\":{Number()},\"prompt_tokens_details\":{{\"cached_tokens\":{Number()}}},\"{Text()}\":{Value(2)}}}",
        };

    /// <summary>Any JSON value down to a depth.</summary>
    public string Value(int depth) =>
        depth == 0
            ? Number()
            : random.Next(5) switch
            {
                0 => $"\"{Text()}\"",
                1 => Number(),
                2 => $"[{Joined(random.Next(4), _ => Value(depth - 1))}]",
                3 => $"{{{Joined(random.Next(4), _ => $"\"{Text()}\":{Value(depth - 1)}")}}}",
                _ => "null",
            };

    /// <summary>Something inside something inside something.</summary>
    public static string Deep(int depth, bool lists) =>
        lists
            ? new string('[', depth) + new string(']', depth)
            : new StringBuilder().Insert(0, "{\"a\":", depth).Append('1').Append('}', depth).ToString();

    public static string Joined(int count, Func<int, string> one) => string.Join(',', Enumerable.Range(0, count).Select(one));

    public string Name() => random.Next(3) == 0 ? Text() : Tools[random.Next(Tools.Length)];

    private string Id(int index) =>
        random.Next(8) switch
        {
            0 => "\"\"",
            1 => "\"same\"",
            2 => Number(),
            3 => $"\"{HostileTexts.Long(random, 3000)}\"",
            4 => $"\"{Text()}\"",
            _ => $"\"call_{index}\"",
        };

    private string Arguments() =>
        random.Next(10) switch
        {
            0 => Number(),
            1 => $"\"{Text()}\"",
            2 => $"\"{Deep(random.Next(1, 200), lists: true)}\"",
            3 => Deep(random.Next(1, 50), lists: false),
            4 => Value(4),
            5 => $"\"{{\\\"path\\\":\\\"{Text()}\\\",\\\"content\\\":\\\"{Text()}\\\"}}\"",
            6 => $"{{\"path\":\"{Text()}\",\"content\":\"{Text()}\"}}",
            7 => $"{{\"command\":\"{Text()}\"}}",
            8 => $"{{\"command\":\"say {Text()}\"}}",
            _ => $"\"{{\\\"text\\\":\\\"{Text()}\\\",\\\"summary\\\":\\\"{Text()}\\\"}}\"",
        };
}
