using System.Globalization;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using Spectre.Console;

namespace LoopCluster.Cli.Progress;

/// <summary>
/// Progress of one loop on stderr: a line an event and, on a terminal, a last line that is redrawn. Everything shown went through
/// <see cref="TerminalText"/>.
/// </summary>
internal sealed class ProgressView : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly CliIo _io;
    private readonly string _prefix;
    private readonly EventWords _words = new();
    private readonly Timer? _timer;
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private string _streamed = "";
    private LoopState? _state;
    private bool _drawn;
    private bool _paused;

    /// <param name="prefix">Put before each line when several loops are shown at once.</param>
    public ProgressView(CliIo io, string prefix = "")
    {
        (_io, _prefix) = (io, prefix);
        _timer = io.IsLive && prefix.Length == 0 ? new Timer(_ => Redraw(), null, Tick, Tick) : null;
    }

    public void Show(LedgerEntry entry, LoopState state)
    {
        lock (_lock)
        {
            _state = state;
            _streamed = "";
            foreach (var loopEvent in entry.Events)
            {
                foreach (var line in _words.Of(loopEvent, state))
                {
                    Erase();
                    Write(entry.At, line);
                }
            }

            Draw();
        }
    }

    /// <summary>An entry of the past: nothing is shown, but what comes may refer to it.</summary>
    public void Learn(LedgerEntry entry, LoopState state)
    {
        foreach (var loopEvent in entry.Events)
        {
            _ = _words.Of(loopEvent, state).Count();
        }
    }

    /// <summary>A line that is no event.</summary>
    public void Say(string text)
    {
        lock (_lock)
        {
            Erase();
            _io.Notes.WriteLine(text);
            Draw();
        }
    }

    /// <summary>A piece of the model's text as it streams in.</summary>
    public void Stream(string piece)
    {
        lock (_lock)
        {
            _streamed = (_streamed + piece) is { Length: > 400 } text ? text[^200..] : _streamed + piece;
        }
    }

    /// <summary>Clears the status line while a person is asked.</summary>
    public void Pause(bool pause)
    {
        lock (_lock)
        {
            Erase();
            _paused = pause;
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            Erase();
            _paused = true;
        }
    }

    private void Write(DateTimeOffset at, ProgressLine line)
    {
        var time = at.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        Write(_io.Notes, time + " " + _prefix, line, _io.NotesWidth);
    }

    /// <summary>A line of the timeline, live or told again.</summary>
    /// <param name="width">Columns, or null for one line whatever its length.</param>
    public static void Write(IAnsiConsole console, string lead, ProgressLine line, int? width)
    {
        var style = line.Tone switch
        {
            Tone.Quiet => new Style(Color.Grey),
            Tone.Step => new Style(decoration: Decoration.Bold),
            Tone.Good => new Style(Color.Green),
            Tone.Bad => new Style(Color.Red),
            Tone.Ask => new Style(Color.Yellow),
            _ => Style.Plain,
        };
        foreach (
            var (index, piece) in (
                width is { } columns ? TerminalText.Wrap(line.Text, Math.Max(20, columns - lead.Length)) : [line.Text]
            ).Index()
        )
        {
            console.Write(new Text(index == 0 ? lead : new string(' ', lead.Length), new Style(Color.Grey)));
            console.Write(new Text(piece, style));
            console.WriteLine();
        }
    }

    private void Redraw()
    {
        lock (_lock)
        {
            Erase();
            Draw();
        }
    }

    private void Draw()
    {
        if (_timer is null || _paused || _state is not { } state)
        {
            return;
        }

        var spend = state.Spend;
        var doing =
            _streamed.Length > 0 ? "“" + TerminalText.Line(_streamed.Length > 60 ? _streamed[^60..] : _streamed, 60) + "”" : _words.Doing;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow - _started:mm\\:ss} · attempt {state.Attempt} · turn {spend.Turns} · {spend.Tokens:N0} tokens · cost {spend.Cost:0.####} · {doing}"
        );
        // Through the writer itself: a wrapped or measured line could not be erased by one sequence.
        Console.Error.Write(
            "\r\u001b[2K\u001b[2m" + TerminalText.Line(text, Math.Max(20, (_io.NotesWidth ?? CliIo.UsualWidth) - 2)) + "\u001b[0m"
        );
        _drawn = true;
    }

    private void Erase()
    {
        if (_drawn)
        {
            Console.Error.Write("\r\u001b[2K");
            _drawn = false;
        }
    }
}
