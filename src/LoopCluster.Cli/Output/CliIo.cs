using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace LoopCluster.Cli.Output;

/// <summary>Where a command writes: results to stdout, words to stderr once <c>--json</c> has claimed stdout for the machine.</summary>
internal sealed class CliIo(bool json, bool verbose)
{
    // Not a terminal's width: lines of a file or pipe are not wrapped.
    private const int Unwrapped = 4096;

    private static readonly JsonWriterOptions Writing = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _out = Console.OpenStandardOutput();
    private readonly Lazy<IAnsiConsole> _words = new(() => Open(json ? Console.Error : Console.Out, json ? Console.IsErrorRedirected : Console.IsOutputRedirected));
    private readonly Lazy<IAnsiConsole> _notes = new(() => Open(Console.Error, Console.IsErrorRedirected));

    public bool Json { get; } = json;

    public bool Verbose { get; } = verbose;

    /// <summary>What a person reads as the result.</summary>
    public IAnsiConsole Words => _words.Value;

    /// <summary>Progress, hints and errors.</summary>
    public IAnsiConsole Notes => _notes.Value;

    /// <summary>True when progress may redraw itself.</summary>
    public bool IsLive { get; } = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>True when somebody is there to answer.</summary>
    public bool CanAsk { get; } = !json && !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>A line of the result, for people.</summary>
    public void Say(string text) => Words.WriteLine(text);

    public void Note(string text) => Notes.WriteLine(text);

    /// <summary>One JSON value on stdout.</summary>
    public void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory, Writing))
        {
            write(writer);
        }

        memory.WriteByte((byte)'\n');
        WriteBytes(memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }

    /// <summary>One JSON value on one line, for commands that go on or leave something running.</summary>
    public void WriteJsonLine(Action<Utf8JsonWriter> write)
    {
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory, Writing with { Indented = false }))
        {
            write(writer);
        }

        memory.WriteByte((byte)'\n');
        WriteBytes(memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }

    public void WriteJson(string json) => WriteBytes(System.Text.Encoding.UTF8.GetBytes(json + "\n"));

    /// <summary>Exact bytes on stdout.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        _out.Write(bytes);
        _out.Flush();
    }

    private static IAnsiConsole Open(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        if (redirected)
        {
            console.Profile.Width = Unwrapped;
        }

        return console;
    }
}
