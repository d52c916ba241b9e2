using System.Text.Json;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Effects;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>What an OpenAI-compatible endpoint demands of a request, checked from its bytes alone.</summary>
internal static partial class ChatCheck
{
    public static void Valid(CallModel call)
    {
        using var document = JsonDocument.Parse(call.Body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var root = document.RootElement;
        root.GetProperty("model").GetString().ShouldNotBeNullOrEmpty();
        root.GetProperty("max_tokens").GetInt32().ShouldBe(call.Request.MaxTokens);
        call.Request.MaxTokens.ShouldBeGreaterThan(0);
        var messages = root.GetProperty("messages").EnumerateArray().ToList();
        messages.Count.ShouldBeGreaterThanOrEqualTo(2);
        Role(messages[0]).ShouldBe("system");
        Role(messages[1]).ShouldBe("user");
        Role(messages[^1]).ShouldNotBe("assistant", "an endpoint would go on with the assistant's own words");
        for (var i = 2; i < messages.Count; i++)
        {
            Role(messages[i])
                .ShouldBe(Role(messages[i - 1]) is "user" or "tool" ? "assistant" : "user", "strict endpoints want roles to alternate");
            messages[i].GetProperty("content").GetString().ShouldNotBeNull();
            (
                messages[i].TryGetProperty("tool_calls", out var calls) || messages[i].GetProperty("content").GetString()!.Trim().Length > 0
            ).ShouldBeTrue("no message is empty");
            if (calls.ValueKind == JsonValueKind.Array)
            {
                i += Answered(calls, messages, i + 1);
            }
        }
    }

    /// <summary>Every call has exactly one result, and they follow at once.</summary>
    private static int Answered(JsonElement calls, List<JsonElement> messages, int first)
    {
        var ids = new List<string>();
        foreach (var call in calls.EnumerateArray())
        {
            ids.Add(call.GetProperty("id").GetString()!);
            var function = call.GetProperty("function");
            FunctionName().IsMatch(function.GetProperty("name").GetString()!).ShouldBeTrue(function.GetRawText());
            using var arguments = JsonDocument.Parse(function.GetProperty("arguments").GetString()!);
            arguments.RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
        }

        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => id.Length > 0);
        var results = messages.Skip(first).TakeWhile(m => Role(m) == "tool").ToList();
        results.Select(r => r.GetProperty("tool_call_id").GetString()!).ShouldBe(ids, ignoreOrder: true);
        results.ShouldAllBe(r => r.GetProperty("content").GetString() != null);
        return results.Count;
    }

    private static string Role(JsonElement message) => message.GetProperty("role").GetString()!;

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    private static partial Regex FunctionName();
}
