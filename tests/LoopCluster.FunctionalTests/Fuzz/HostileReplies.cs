using System.Globalization;
using System.Text;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.FunctionalTests.Fuzz;

/// <summary>Responses made from a seed: half are odd in what they say, the others in how they say it, and a few are huge.</summary>
internal sealed class HostileReplies(Random random)
{
    private static readonly string[] ContentTypes =
    [
        "application/json",
        "text/event-stream",
        "text/html",
        "text/plain; charset=utf-16",
        "application/octet-stream",
        "",
        "x",
        "application/json; charset=utf-7",
    ];

    private readonly HostileMessages _messages = new(random);

    public RawReply Next() =>
        random.Next(20) switch
        {
            < 6 => Ok("message", Whole(_messages.Message())),
            < 11 => Ok("stream", Stream()),
            11 => Ok("half a stream", Half(Stream())),
            12 => Ok("half a message", Half(Whole(_messages.Message()))),
            13 => Ok("error in a stream", $"data: {Chunk("\"content\":\"so far\"")}\n\ndata: {Error()}\n\ndata: [DONE]\n\n"),
            14 => Ok("error with status 200", Error()),
            15 => Failed(),
            16 => Ok("no reply at all", NoReply()),
            17 => Broken(),
            _ => Huge(),
        };

    private string Whole(string message) =>
        random.Next(8) switch
        {
            0 =>
                $"{{\"choices\":[{{\"message\":{{{message}}},\"finish_reason\":{_messages.Finish()},\"{_messages.Text()}\":{_messages.Value(3)}}}]{_messages.Usage()},\"{_messages.Text()}\":{_messages.Value(3)}}}",
            1 => $"\uFEFF{{\"choices\":[{{\"message\":{{{message}}}}}]{_messages.Usage()}}}",
            2 =>
                $"{{\"choices\":[{{\"message\":{{{message}}},\"message\":{{{_messages.Message()}}}}},{{\"message\":{{{_messages.Message()}}}}}]{_messages.Usage()}{_messages.Usage()}}}",
            _ =>
                $"{{\"id\":\"{_messages.Text()}\",\"object\":\"chat.completion\",\"choices\":[{{\"index\":0,\"message\":{{{message}}},\"finish_reason\":{_messages.Finish()}}}]{_messages.Usage()}}}",
        };

    private string Chunk(string delta, bool last = false) =>
        $"{{\"choices\":[{{\"delta\":{{{delta}}}{(last ? $",\"finish_reason\":{_messages.Finish()}" : "")}}}]{(last ? _messages.Usage() : "")}}}";

    private string Stream()
    {
        var body = new StringBuilder(random.Next(6) == 0 ? "\uFEFF" : "");
        var end = random.Next(4) == 0 ? "\r\n\r\n" : "\n\n";
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            body.Append(
                    random.Next(10) switch
                    {
                        0 => ": keep alive",
                        1 => $"event: {_messages.Text()}",
                        2 => "data:",
                        3 => $"id: {i.ToString(CultureInfo.InvariantCulture)}",
                        _ => $"data: {Chunk(_messages.Message())}",
                    }
                )
                .Append(end);
        }

        body.Append("data: ").Append(Chunk(random.Next(2) == 0 ? "" : _messages.Message(), last: true)).Append(end);
        return random.Next(5) == 0 ? body.ToString() : body.Append("data: [DONE]").Append(end).ToString();
    }

    private string Half(string whole) => whole[..random.Next(whole.Length)];

    private string Error() =>
        random.Next(6) switch
        {
            0 => $"{{\"error\":{{\"message\":\"{_messages.Text()}\",\"code\":{_messages.Number()}}}}}",
            1 => $"{{\"error\":\"{_messages.Text()}\"}}",
            2 => $"{{\"object\":\"error\",\"message\":\"{_messages.Text()}\"}}",
            3 => $"{{\"choices\":[{{\"error\":{{\"message\":\"{_messages.Text()}\"}},\"message\":{{}}}}]}}",
            4 => $"[{{\"error\":{{\"message\":\"{_messages.Text()}\"}}}}]",
            _ => $"{{\"detail\":{_messages.Value(3)}}}",
        };

    /// <summary>Statuses that say to wait or to try again: a refusal for good parks the loop, and would hide what comes after.</summary>
    private RawReply Failed()
    {
        int[] statuses = [408, 429, 500, 502, 503, 504, 529, 413];
        var status = statuses[random.Next(statuses.Length)];
        string[] waits =
        [
            "",
            "Retry-After: 1\r\n",
            "Retry-After: -5\r\n",
            "Retry-After: 1e400\r\n",
            "Retry-After: soon\r\n",
            "retry-after-ms: NaN\r\n",
            "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n",
            "x-request-id: \u001b[2J\r\n",
        ];
        return Response(
            $"status {status}",
            status,
            random.Next(2) == 0 ? Error() : $"<html>{_messages.Text()}</html>",
            waits[random.Next(waits.Length)]
        );
    }

    private string NoReply() =>
        random.Next(8) switch
        {
            0 => "",
            1 => "null",
            2 => "[]",
            3 => "{\"choices\":[]}",
            4 => "{\"choices\":[{}]}",
            5 => "<html><body>Sign in to the network</body></html>",
            6 => "data: [DONE]\n\n",
            _ => HostileMessages.Deep(random.Next(1, 100_000), random.Next(2) == 0),
        };

    private RawReply Broken()
    {
        var body = Encoding.UTF8.GetBytes(Whole(_messages.Message()));
        switch (random.Next(4))
        {
            case 0:
                for (var i = 0; i < 10; i++)
                {
                    body[random.Next(body.Length)] = (byte)random.Next(256);
                }

                return new RawReply("changed bytes", [.. Head(200, body.Length, ""), .. body], Close: false);
            case 1:
                return new RawReply("fewer bytes than announced", [.. Head(200, body.Length + 10, ""), .. body], Close: true);
            case 2:
                return new RawReply("no HTTP", body, Close: true);
            default:
                return new RawReply(
                    "compressed",
                    [.. Head(200, 20, "Content-Encoding: gzip\r\n"), 0x1f, 0x8b, .. new byte[18]],
                    Close: false
                );
        }
    }

    private RawReply Huge()
    {
        var (what, body) = random.Next(10) switch
        {
            0 => ("many unknown keys of a message", Whole($"\"content\":\"x\",{HostileMessages.Joined(30_000, i => $"\"k{i}\":{i}")}")),
            1 => ("many unknown keys of the reply", $"{{{HostileMessages.Joined(200_000, i => $"\"k{i}\":{i}")},\"choices\":[]}}"),
            2 => (
                "many unknown arguments",
                Whole(
                    $"\"tool_calls\":[{{\"id\":\"a\",\"function\":{{\"name\":\"shell\",\"arguments\":{{{HostileMessages.Joined(30_000, i => $"\"k{i}\":{i}")}}}}}}}]"
                )
            ),
            3 => (
                "many calls",
                Whole(
                    $"\"tool_calls\":[{HostileMessages.Joined(random.Next(1020, 1028), i => $"{{\"id\":\"same\",\"function\":{{\"name\":\"nothing{i}\",\"arguments\":\"{{}}\"}}}}")}]"
                )
            ),
            4 => (
                "long arguments",
                Whole(
                    $"\"tool_calls\":[{{\"id\":\"a\",\"function\":{{\"name\":\"write_file\",\"arguments\":\"{{\\\"path\\\":\\\"a\\\",\\\"content\\\":\\\"{HostileTexts.Long(random, 1_500_000)}\\\"}}\"}}}}]"
                )
            ),
            5 => (
                "a long id and a long name",
                Whole(
                    $"\"tool_calls\":[{{\"id\":\"{HostileTexts.Long(random, 200_000)}\",\"function\":{{\"name\":\"{HostileTexts.Long(random, 200_000)}\",\"arguments\":\"{{}}\"}}}}]"
                )
            ),
            6 => ("a long text", Whole($"\"content\":\"{HostileTexts.Long(random, 3_000_000)}\"")),
            7 => ("a reply above every limit", Whole($"\"content\":\"{HostileTexts.Long(random, 10_000_000)}\"")),
            8 => (
                "a deep field",
                Whole($"\"content\":\"x\",\"reasoning_details\":{HostileMessages.Deep(random.Next(50, 64), random.Next(2) == 0)}")
            ),
            _ => (
                "many pieces",
                string.Concat(
                    Enumerable
                        .Range(0, 5_000)
                        .Select(i =>
                            $"data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"id\":\"a\",\"function\":{{\"name\":\"n{i % 7}\",\"arguments\":\"{{}}\"}}}}]}}}}]}}\n\n"
                        )
                ) + "data: [DONE]\n\n"
            ),
        };
        return Ok(what, body);
    }

    private RawReply Ok(string what, string body) =>
        Response(what, 200, body, random.Next(10) == 0 ? "x-loop-skipped: 2147483647\r\nx-request-id: \u0007\u009b\r\n" : "");

    private RawReply Response(string what, int status, string body, string headers)
    {
        // Half a surrogate pair that was cut out of a text cannot be sent as UTF-8 either.
        var bytes = Encoding.UTF8.GetBytes(body);
        var type = random.Next(4) == 0 ? ContentTypes[random.Next(ContentTypes.Length)] : "application/json";
        headers += type.Length == 0 ? "" : $"Content-Type: {type}\r\n";
        return random.Next(4) == 0
            ? new RawReply(
                $"{what}, in chunks",
                [.. Encoding.Latin1.GetBytes($"HTTP/1.1 {status} X\r\n{headers}Transfer-Encoding: chunked\r\n\r\n"), .. Chunked(bytes)],
                Close: false
            )
            : new RawReply(what, [.. Head(status, bytes.Length, headers), .. bytes], Close: false);
    }

    private static byte[] Head(int status, int length, string headers) =>
        Encoding.Latin1.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n")
        );

    private byte[] Chunked(byte[] bytes)
    {
        using var chunks = new MemoryStream();
        for (var at = 0; at < bytes.Length; )
        {
            var length = Math.Min(bytes.Length - at, random.Next(1, 1 + (bytes.Length / 3)));
            chunks.Write(Encoding.ASCII.GetBytes(length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            chunks.Write(bytes, at, length);
            chunks.Write("\r\n"u8);
            at += length;
        }

        chunks.Write("0\r\n\r\n"u8);
        return chunks.ToArray();
    }
}
