using System.Net;
using System.Text;
using System.Text.Json;

namespace LoopCluster.TestKit.Api;

/// <summary>A whole answer.</summary>
public sealed record ApiReply(HttpStatusCode Status, byte[] Body, HttpResponseMessage Message)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonElement.Parse(Body);

    public string Code => Json.GetProperty("code").GetString()!;

    public string Id => Json.GetProperty("id").GetString()!;

    public string? Header(string name) =>
        Message.Headers.TryGetValues(name, out var values) || Message.Content.Headers.TryGetValues(name, out values)
            ? string.Join(",", values)
            : null;

    /// <summary>What every problem has.</summary>
    public ApiReply ShouldBeProblem(HttpStatusCode status, string code)
    {
        Status.ShouldBe(status, Text);
        Header("Content-Type").ShouldBe("application/problem+json");
        Json.GetProperty("status").GetInt32().ShouldBe((int)status);
        Json.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        Json.GetProperty("type").GetString().ShouldBe($"urn:loopcluster:problem:{code}");
        Json.GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
        Code.ShouldBe(code);
        return this;
    }

    public ApiReply ShouldBe(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }
}
