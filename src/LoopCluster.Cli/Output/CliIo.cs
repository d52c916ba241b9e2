using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace LoopCluster.Cli.Output;

/// <summary>Where a command writes: results to stdout, words to stderr once <c>--json</c> has claimed stdout for the machine.</summary>
internal sealed class CliIo(bool json, bool verbose)
{
    /// <summary>Tables and help keep to it where nothing is known of the reader.</summary>
    public const int UsualWidth = 80;

    // Lines are wrapped here, between words and around commands, and nowhere by the library.
    private const int Unwrapped = 1 << 16;

    private static readonly JsonWriterOptions Writing = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _out = Console.OpenStandardOutput();
    private readonly Lazy<IAnsiConsole> _words = new(() =>
        Open(json ? Console.Error : Console.Out, json ? Console.IsErrorRedirected : Console.IsOutputRedirected)
    );
    private readonly Lazy<IAnsiConsole> _notes = new(() => Open(Console.Error, Console.IsErrorRedirected));

    public bool Json { get; } = json;

    public bool Verbose { get; } = verbose;

    /// <summary>What a person reads as the result.</summary>
    public IAnsiConsole Words => _words.Value;

    /// <summary>Progress, hints and errors.</summary>
    public IAnsiConsole Notes => _notes.Value;

    /// <summary>
    /// Columns that text is wrapped at; null for a file or pipe, whose lines stay whole, unless <c>COLUMNS</c> says otherwise.
    /// </summary>
    public int? Width { get; } = WidthOf(json ? Console.IsErrorRedirected : Console.IsOutputRedirected);

    /// <summary>The same for <see cref="Notes"/>.</summary>
    public int? NotesWidth { get; } = WidthOf(Console.IsErrorRedirected);

    /// <summary>True when progress may redraw itself.</summary>
    public bool IsLive { get; } = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>True when what is printed is read by the person who typed the command, and kept by nobody.</summary>
    public bool IsAtTerminal { get; } = !Console.IsErrorRedirected && !Console.IsOutputRedirected;

    /// <summary>True when somebody is there to answer.</summary>
    public bool CanAsk { get; } = !json && !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>A line of the result, for people.</summary>
    /// <param name="whole">Not to be broken, whatever its length: it has a command to be pasted.</param>
    public void Say(string text, bool whole = false) => Write(Words, text, whole ? null : Width);

    /// <inheritdoc cref="Say(string, bool)"/>
    public void Note(string text, bool whole = false) => Write(Notes, text, whole ? null : NotesWidth);

    /// <summary>A table.</summary>
    public void Say(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        foreach (var line in TextTable.Lines(columns, rows, Width ?? UsualWidth))
        {
            Words.WriteLine(line);
        }
    }

    /// <summary>Width of a reader: what <c>COLUMNS</c> says, else the terminal's, else none.</summary>
    public static int? WidthOf(bool redirected)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out var columns) && columns is >= 20 and <= 1000)
        {
            return columns;
        }

        if (redirected)
        {
            return null;
        }

        try
        {
            return Console.WindowWidth is >= 20 and var width ? width : UsualWidth;
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return UsualWidth;
        }
    }

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
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(writer),
                Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
                ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
                Interactive = InteractionSupport.No,
            }
        );
        console.Profile.Width = Unwrapped;
        return console;
    }

    private static void Write(IAnsiConsole console, string text, int? width)
    {
        foreach (var line in width is { } columns ? TerminalText.Wrap(text, columns) : [text])
        {
            console.WriteLine(line);
        }
    }
}
