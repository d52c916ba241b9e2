using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using Spectre.Console;

namespace LoopCluster.FunctionalTests.Fuzz;

/// <summary>What must hold of a loop that came to rest, whatever its model said.</summary>
internal sealed class LoopChecks : IDisposable
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly LoopRuntime _runtime;
    private readonly HttpClient _api;
    private readonly CancellationToken _patient;
    private readonly Interrupts _interrupts = new();
    private readonly CommandContext _context;

    public LoopChecks(LoopRuntime runtime, Uri url, string key, CancellationToken patient)
    {
        (_runtime, _patient) = (runtime, patient);
        _api = new HttpClient { BaseAddress = url };
        _api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var options = new CommonOptions();
        _context = new CommandContext(
            RootCommands.Create(options).Parse(["show", "x", "--data", runtime.Data.Root]),
            options,
            new CliIo(false, false),
            _interrupts
        );
    }

    public void Dispose()
    {
        _api.Dispose();
        _interrupts.Dispose();
    }

    /// <param name="said">What the model said, for messages.</param>
    public async Task CheckAsync(LoopState state, string said)
    {
        state.Status.ShouldBeOneOf([LoopStatus.Verified, LoopStatus.Stuck, LoopStatus.BudgetExhausted, LoopStatus.Parked], said);
        (state.Status == LoopStatus.Verified || state.StopReason is { Length: > 0 }).ShouldBeTrue(said);
        await CheckLedgerAsync(state, said);
        await CheckAnswerAsync($"v1/loops/{state.Id}", said);
        await CheckAnswerAsync($"v1/loops/{state.Id}/events", said);
        await CheckWordsAsync(state, said);
    }

    /// <summary>The list of all loops.</summary>
    public Task CheckListAsync() => CheckAnswerAsync("v1/loops", "the list");

    /// <summary>Each line is JSON of whole characters, no effect failed in a way nobody foresaw, and replay finds the same.</summary>
    private async Task CheckLedgerAsync(LoopState state, string said)
    {
        await foreach (var line in _runtime.Ports.Ledger.ReadAsync(state.Id, 1, _patient))
        {
            RequireJson(line.Utf8, said);
            foreach (var failed in LedgerCodec.Read(line).Events.OfType<InfrastructureFailed>())
            {
                failed.Message.ShouldBeEmpty(said);
            }
        }

        (await ReplayCommand.ReplayAsync(_runtime.Ports.Ledger, _runtime.Ports.Blobs, state.Id, _patient)).Differences.ShouldBeEmpty(said);
    }

    private async Task CheckAnswerAsync(string path, string said)
    {
        using var answer = await _api.GetAsync(new Uri(path, UriKind.Relative), _patient);
        var body = await answer.Content.ReadAsByteArrayAsync(_patient);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{path}: {Encoding.UTF8.GetString(body)} {said}");
        RequireJson(body, said);
    }

    /// <summary>What <c>run</c>, <c>log</c> and <c>show</c> print.</summary>
    private async Task CheckWordsAsync(LoopState state, string said)
    {
        var (track, words, lines) = (new LoopTrack(), new EventWords(), new List<string>());
        await foreach (var line in _runtime.Ports.Ledger.ReadAsync(state.Id, 1, _patient))
        {
            var entry = await track.AddAsync(_runtime.Ports.Ledger, line, _patient);
            lines.AddRange(entry.Events.SelectMany(e => words.Of(e, track.State)).Select(l => l.Text));
            lines.Add(words.Doing);
        }

        lines.ShouldAllBe(l => IsOneHarmlessLine(l), said);
        var report = track.Report(_ => "proof");
        RequireJson(Encoding.UTF8.GetBytes(report.ToJson()), said);
        using var shown = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(shown),
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
            }
        );
        console.Profile.Width = 4096;
        Summary.Write(console, report, _context);
        ShowCommand.WriteAttempts(console, report);
        shown.ToString().Split('\n').ShouldAllBe(l => IsOneHarmlessLine(l), said);
    }

    private static bool IsOneHarmlessLine(string line) =>
        SafeText.Of(line) == line
        && line.EnumerateRunes()
            .All(r =>
                !Rune.IsControl(r)
                && Rune.GetUnicodeCategory(r)
                    is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            );

    private static void RequireJson(ReadOnlyMemory<byte> utf8, string said)
    {
        Should.NotThrow(() => Strict.GetString(utf8.Span), said);
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 256 });
        Should.NotThrow(() => Read(document.RootElement), said);
    }

    /// <summary>A string with half a surrogate pair throws only where somebody reads it.</summary>
    private static void Read(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    _ = member.Name;
                    Read(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    Read(item);
                }

                break;
            case JsonValueKind.String:
                _ = json.GetString();
                break;
        }
    }
}
