using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>
/// A long attempt at an endpoint that counts with a tokenizer of its own. It refuses what is above its window, as servers do.
/// </summary>
internal sealed class WindowRig
{
    private readonly Func<string, long> _tokenizer;
    private readonly int _around;
    private readonly int _window;

    /// <param name="around">Tokens of a template around each message and call.</param>
    /// <param name="said">The window as the models file has it, when it is wrong.</param>
    public WindowRig(int window, Func<string, long> tokenizer, int around = 4, int maxTokens = 4096, int? said = null)
    {
        (_window, _tokenizer, _around) = (window, tokenizer, around);
        var spec = Sample.Spec() with
        {
            Budget = new BudgetLimits
            {
                Turns = 100_000,
                Tokens = long.MaxValue / 4,
                Attempts = 1000,
            },
            Stuck = new StuckLimits
            {
                SameAction = 100_000,
                Alternating = 100_000,
                SameError = 100_000,
            },
        };
        var model = Sample.Model with { Window = said ?? window, MaxTokens = maxTokens };
        History = History.InAttempt(Sample.Created(spec, ("make", model)));
    }

    public History History { get; }

    public int Turns { get; private set; }

    /// <summary>Requests that were above the window.</summary>
    public int Refused { get; private set; }

    /// <summary>Parts of the window that the prompts had which were served.</summary>
    public List<double> Fills { get; } = [];

    /// <summary>What the endpoint bills for a prompt of so many tokens; null for nothing at all.</summary>
    public Func<long, Usage?> Bill { get; init; } = tokens => new Usage(tokens, 20);

    public long Prompt { get; private set; }

    /// <summary>The model calls a tool with each output for a result.</summary>
    public void Turn(string text, string arguments, params string[] outputs)
    {
        if (
            Reply(
                History.Reply([
                    .. outputs.Select(
                        (_, i) =>
                            Sample.Call(
                                "shell",
                                $"{{\"x\":{System.Text.Json.JsonSerializer.Serialize(arguments)},\"turn\":{Turns}}}",
                                $"call_{i}"
                            )
                    ),
                ]) with
                {
                    Text = text,
                }
            )
        )
        {
            foreach (var output in outputs)
            {
                History.Ran(output);
            }
        }
    }

    public void Says(string text, ReplyFinish finish = ReplyFinish.Stop) => Reply(History.Reply() with { Text = text, Finish = finish });

    /// <summary>The model claims to be finished with other files than before, and the gate does not agree.</summary>
    public void Claim(string gateOutput)
    {
        if (Reply(History.Reply(Sample.Call("write_file"), Sample.Call("done", "{}", "call_1"))))
        {
            History.Ran("written", $"tree-{Turns}").Ran("done").Gate(GateOutcome.Failed, gateOutput);
        }
    }

    /// <summary>False when the loop has ended.</summary>
    private bool Reply(ModelReplied reply)
    {
        Turns++;
        for (var tries = 0; ; tries++)
        {
            if (History.Decide().State.IsTerminal)
            {
                return false;
            }

            var call = History.Asked();
            if (Turns % 16 == 0)
            {
                ChatCheck.Valid(call);
            }

            Prompt = Tokenizers.Count(call.Body, _tokenizer, _around);
            if (Prompt + call.Request.MaxTokens <= _window)
            {
                Fills.Add((double)Prompt / _window);
                // A bill above what was held back ends a loop.
                var usage = Bill(Prompt) is { } told ? told with { In = Math.Min(told.In, call.Request.Reserved.TokensIn) } : null;
                var settled = Settlement.OfReply(call.Request, call.Model, usage, said: true);
                History.Given(reply with { Usage = settled.Usage, Assumed = settled.Assumed, Cost = settled.Cost }).Decide();
                return true;
            }

            Refused++;
            tries.ShouldBeLessThan(5, "a refusal teaches");
            History.Given(
                new ModelFailed
                {
                    Kind = ModelFailureKind.ContextLength,
                    Message = "too long",
                    Usage = new Usage(0, 0),
                    Cost = 0,
                }
            );
        }
    }
}
